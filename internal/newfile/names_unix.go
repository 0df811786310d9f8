//go:build unix && !linux

package newfile

import "os"

// syncNames sees to it that the names in a directory are on the disk.
func syncNames(dir *os.File) error { return dir.Sync() }
