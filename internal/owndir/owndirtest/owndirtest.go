// Package owndirtest opens directories for tests.
package owndirtest

import (
	"testing"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// Make opens a directory until the test ends, and makes missing directories.
func Make(t testing.TB, path string) *owndir.Dir {
	t.Helper()
	dir, err := owndir.Make(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}
