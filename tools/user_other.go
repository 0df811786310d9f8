//go:build !linux

package tools

func canChangeUser() bool { return false }

func missingCapability(string) string { return "" }
