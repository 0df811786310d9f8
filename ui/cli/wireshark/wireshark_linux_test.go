package wireshark

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNothingIsTakenForWiresharkBecauseItLiesInTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	t.Setenv("ProgramFiles", "")
	for _, path := range []string{"Wireshark/Wireshark.exe", "wireshark", "Applications/Wireshark.app/Contents/MacOS/Wireshark"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, search := range []string{t.TempDir(), ".", ""} {
		t.Setenv("PATH", search)
		if path, err := find(); err == nil {
			t.Errorf("with the PATH %q it is %s", search, path)
		}
	}
}
