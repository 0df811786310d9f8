package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What waits on standard input for a tool that goes on alone would be thrown away without a word.
func TestStandardInputThatWaitsForADetachedToolIsRefused(t *testing.T) {
	script, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer script.Close()
	if _, err := script.WriteString("flush ruleset"); err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, c := range []struct {
		name    string
		in      *os.File
		before  func() error
		refused bool
		said    string
	}{
		{"a file that was read", script, nil, false, "the tool has no standard input"},
		{"a file", script, func() error { _, err := script.Seek(0, 0); return err }, true, ""},
		{"a pipe of which nothing is known", read, nil, false, "the tool has no standard input"},
		{"a pipe", read, func() error { _, err := write.WriteString("x"); return err }, true, ""},
		{"nothing", null, nil, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.before != nil {
				if err := c.before(); err != nil {
					t.Fatal(err)
				}
			}
			said, err := os.Create(filepath.Join(t.TempDir(), "said"))
			if err != nil {
				t.Fatal(err)
			}
			defer said.Close()
			r := &runOptions{options: &options{streams: Streams{In: c.in, Err: said}}}
			if err := r.checkInput(); (err != nil) != c.refused {
				t.Error(err)
			}
			text, err := os.ReadFile(said.Name())
			if err != nil || !strings.Contains(string(text), c.said) || c.said == "" && len(text) > 0 {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}
