package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// patience is how long a test waits for an event that must come.
const patience = time.Minute

func readAll(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func globbed(pattern string) []string {
	files, _ := filepath.Glob(pattern) // the pattern is valid
	return files
}
