package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/fennec-project/podtracer/ui/cells"
)

func TestNoGoldenScreenNeedsMoreThanASCII(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		screen, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(screen), "\n")
		for i, line := range strings.Split(cells.ASCII(string(screen)), "\n") {
			if strings.IndexFunc(line, func(r rune) bool { return r >= 0x80 }) >= 0 || ansi.StringWidth(line) != ansi.StringWidth(lines[i]) {
				t.Errorf("%s: %q became %q", file, lines[i], line)
			}
			if strings.Count(line, "?") != strings.Count(lines[i], "?") {
				t.Errorf("%s: a symbol of ours has no ASCII counterpart (cells/glyphs.go): %q", file, lines[i])
			}
		}
	}
}
