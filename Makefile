# On a fresh Debian machine with Go, start with make demo or make test.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
# grpcnotrace leaves out gRPC's web pages about its calls, which podtracer does not serve. They need html/template, which calls
# methods by name, so that the linker would have to keep all methods: a sixth of the program.
TAGS := grpcnotrace
LDFLAGS := -s -w -X github.com/fennec-project/podtracer/ui/cli.version=$(VERSION) -X github.com/fennec-project/podtracer/ui/cli.commit=$(COMMIT)

# The development tools run at fixed versions, outside go.mod.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GORELEASER := github.com/goreleaser/goreleaser/v2@v2.16.0
CYCLONEDX := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install build ## install what is missing, build, and open the console over a built-in cluster
	./bin/podtracer demo

test: install ## run all tests that need no cluster, with the race detector
	test/run.sh

build: ## build ./bin/podtracer
	CGO_ENABLED=0 go build -tags $(TAGS) -trimpath -ldflags '$(LDFLAGS)' -o bin/podtracer .

install: ## install the network tools of the catalogue that are missing (Debian)
	test/install.sh

slow: install ## run the tests that take minutes: fuzzing, a reader that does not read, ten minutes of random keys
	test/slow.sh

lint: ## run gofmt, go vet, staticcheck, golangci-lint, and builds for all platforms
	test/lint.sh '$(TAGS)' '$(STATICCHECK)' '$(GOLANGCI)'

snapshot: ## build a release for all platforms into dist/, and publish nothing
	build/snapshot.sh '$(GORELEASER)' '$(CYCLONEDX)'

cluster: ## start a real two-node Kubernetes on this machine (as root)
	test/cluster/up.sh

cluster-down: ## stop the cluster and remove everything it left
	test/cluster/down.sh

e2e: cluster ## run the end-to-end tests on the real cluster
	test/e2e.sh

bench: cluster ## measure the figures of docs/benchmarks.md
	test/bench.sh

picture: build ## take the README's pictures of the real console
	test/picture.sh

.PHONY: help demo test slow build install lint cluster cluster-down e2e bench picture snapshot
