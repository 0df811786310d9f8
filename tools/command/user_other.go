//go:build !linux

package command

func canChangeUser() bool { return false }

func MissingCapability(string) string { return "" }
