//go:build !linux

package launch

func canChangeUser() bool { return false }

func missingCapability(string) string { return "" }
