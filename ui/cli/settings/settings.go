// Package settings reads what a person has written into their own configuration: presets.yaml, and config.yaml.
//
// The files are read strictly, and every mistake is told with its line. A file that somebody else may have written is not read: what it
// says runs as the person, and as root on nodes.
//
// The door: Presets and Helper.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"

	"go.yaml.in/yaml/v3"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
)

// mostBytes is the size of the largest file that is read.
const mostBytes = 1 << 20

// Path is where a person's own file of that name is; "" if there is no home directory.
func Path(name string) string {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // as the XDG specification says
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "podtracer", name)
}

// read reads a file which only the person may have made.
//
// Errors: fs.ErrNotExist, also without a path.
func read(path string) ([]byte, error) {
	if path == "" {
		return nil, fs.ErrNotExist
	}
	place, err := newfile.Follow(path)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	if place.Info == nil {
		return nil, fs.ErrNotExist
	}
	if !place.Info.Mode().IsRegular() || place.Info.Size() > mostBytes {
		return nil, fmt.Errorf("%s is not a file of settings, or is larger than 1 MiB", path)
	}
	file, err := place.OpenOwn()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // the file was only read
	if err := checkWriters(file); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, mostBytes))
}

// checkWriters refuses a file that others may write to. On Windows a file's mode does not say that.
func checkWriters(file *os.File) error {
	const others = 0o022
	info, err := file.Stat()
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&others == 0 {
		return err
	}
	return hint.Add(fmt.Errorf("%s: others can write to it, and choose what podtracer does", file.Name()),
		"remove the write permission of group and others: chmod go-w "+file.Name())
}

// source is a file that is being read.
type source struct {
	name string
	text []byte
}

// parse returns the top of the only document; nil if there is nothing in it.
//
// Errors: FILE:LINE: what is wrong there, with a hint.
func (s source) parse() (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(s.text))
	var document yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, s.notYAML(err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		return nil, s.wrong(&second, "a second document", "all of it is in one document: remove the ---")
	} else if !errors.Is(err, io.EOF) {
		return nil, s.notYAML(err)
	}
	if top := document.Content[0]; top.Tag != "!!null" {
		return top, nil
	}
	return nil, nil
}

// wrong is a mistake, with its place.
func (s source) wrong(at *yaml.Node, what, advice string) error {
	return hint.Add(fmt.Errorf("%s:%d: %s", s.name, at.Line, what), advice)
}

// firstOf are the first mistakes, a line each, and the number of the others.
func firstOf(wrong []error) error {
	const most = 3
	if len(wrong) <= most {
		return errors.Join(wrong...)
	}
	return fmt.Errorf("%w\nand %d more mistakes", errors.Join(wrong[:most-1]...), len(wrong)-most+1)
}

// yamlLine finds the line where the parser noticed a mistake.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (s source) notYAML(err error) error {
	what := yamlLine.ReplaceAllString(err.Error(), "")
	return hint.Add(fmt.Errorf("%s:%d: %s", s.name, firstWrongLine(s.text, what), what), "this is not YAML: put a text with : or # in quotes")
}

// firstWrongLine is the line where the YAML becomes invalid. The parser only knows where it was, which may be a line earlier, or
// at the end of a text whose quotes were never closed.
func firstWrongLine(text []byte, what string) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	return 1 + sort.Search(len(lines)-1, func(i int) bool { // every text that ends after that line has the mistake in it
		err := yaml.Unmarshal(bytes.Join(lines[:i+1], nil), new(yaml.Node))
		return err != nil && yamlLine.ReplaceAllString(err.Error(), "") == what
	})
}
