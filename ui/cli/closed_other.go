//go:build !linux

package cli

// wasClosed says whether standard output was closed when this process began, which is known on Linux only.
func wasClosed(Streams) bool { return false }
