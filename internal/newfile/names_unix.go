//go:build unix && !linux

package newfile

import "os"

// syncNames syncs the names in a directory.
func syncNames(dir *os.File) error { return dir.Sync() }
