package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/ui/cells"
)

// historyMsg brings the history that earlier consoles saved.
type historyMsg struct {
	kept   []ran
	unkept bool  // nothing is to be added to the history
	err    error // what is wrong with the history
}

// historyKeptMsg says that an entry could not be saved.
type historyKeptMsg struct{ err error }

const (
	historyFile  = "history"
	historyBytes = 4 << 20 // podtracer makes no larger history
	historyRest  = 400     // entries that remain when there are more than keepRan, so that the file is not rewritten for every new entry
)

// loadHistory reads the history in a directory, one JSON object in each line. It leaves out lines that cannot be read, and
// commands that would not look on the screen like what they are.
func loadHistory(dir string) tea.Msg {
	if dir == "" {
		return nil
	}
	lines, err := readHistory(dir)
	if err != nil {
		return historyMsg{unkept: true, err: fmt.Errorf("the history of commands is for this console only: %w", err)}
	}
	var kept []ran
	broken := 0
	for _, line := range lines {
		var r ran
		if json.Unmarshal(line, &r) != nil || cells.Clean(r.Tool+r.Arguments) != r.Tool+r.Arguments {
			broken++
			continue
		}
		kept = append(kept, r)
	}
	if broken > 0 {
		err = fmt.Errorf("%s of the history file %s cannot be read", figures.Plural(broken, "line"), filepath.Join(dir, historyFile))
	}
	return historyMsg{kept: kept[max(0, len(kept)-keepRan):], err: err}
}

func readHistory(dir string) ([][]byte, error) {
	text, err := owndir.ReadFile(dir, historyFile, historyBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return historyLines(text), err
}

func historyLines(text []byte) [][]byte {
	return bytes.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// keepHistory saves an entry.
func keepHistory(dir string, r ran) tea.Msg {
	if dir == "" {
		return nil
	}
	if err := appendHistory(dir, r); err != nil {
		return historyKeptMsg{fmt.Errorf("the history of commands is for this console only: %w", err)}
	}
	return nil
}

// appendHistory writes an entry in one piece, so that several consoles can do so, and then removes the oldest entries if there
// are too many. An entry that another console adds during the removal is lost.
func appendHistory(dir string, r ran) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	state, err := owndir.Make(dir)
	if err != nil {
		return err
	}
	defer state.Close()
	before, err := state.Read(historyFile, historyBytes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := state.OpenFile(historyFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY)
	if err != nil {
		return err
	}
	// The line break in front keeps the entry apart from one that was cut short when the disk was full.
	_, err = file.Write(append(append([]byte("\n"), line...), '\n'))
	lines := append(historyLines(before), line)
	if err = errors.Join(err, file.Close()); err != nil || len(lines) <= keepRan {
		return err
	}
	newest := lines[len(lines)-historyRest:]
	return state.Replace(historyFile, append(bytes.Join(newest, []byte("\n")), '\n'))
}
