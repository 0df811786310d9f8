// Package wire is what an agent and its console, and a keeper and whoever fetches from it, say to each other. All of it but this file is
// generated from agent.proto and keeper.proto.
package wire

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative agent.proto keeper.proto
