//go:build !linux

package tools

func canChangeUser() bool { return false }

func MissingCapability(string) string { return "" }
