package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mostFiles is how many files without tests a package may have. What has more is two things.
const mostFiles = 25

func TestEachRoomSaysWhatItIsAndIsNotTooLarge(t *testing.T) {
	for dir := range law {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files, comment := 0, ""
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			files++
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			comment += file.Doc.Text()
		}
		if files > mostFiles {
			t.Errorf("%s has %d files, more than %d", dir, files, mostFiles)
		}
		if comment == "" {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

var (
	row    = regexp.MustCompile("^\\| `([a-z0-9/]+)/?` \\|")
	quoted = regexp.MustCompile("`([a-z0-9_/.-]+\\.go)`")
)

// The map of the house, docs/architecture.md, names each room, and files that exist.
func TestTheMapOfTheHouseIsTrue(t *testing.T) {
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for n, line := range strings.Split(string(text), "\n") {
		room := ""
		if m := row.FindStringSubmatch(line); m != nil {
			room = m[1]
			named[room] = true
		}
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if !exists(m[1]) && !exists(filepath.Join(room, m[1])) && !strings.HasPrefix(m[1], "x_") {
				t.Errorf("docs/architecture.md:%d: there is no %s", n+1, m[1])
			}
		}
	}
	for dir := range law {
		if dir != "." && !named[dir] && !strings.HasSuffix(dir, "test") {
			t.Errorf("docs/architecture.md does not name %s", dir)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
