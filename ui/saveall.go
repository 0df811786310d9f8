package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/runs"
)

// allSavedMsg says what became of the captures to be saved before quitting.
type allSavedMsg struct {
	of    tools.List // these captures, as they were when that was asked for
	saved []savedMsg
	err   error // why some could not be saved
}

// saveAll stops all captures and saves those that are in no file, before podtracer is left.
func (m *model) saveAll() tea.Cmd {
	m.savingAll = true
	var captures tools.List
	for _, r := range slices.Backward(m.runs.All) {
		if r.Capture {
			captures = append(captures, r)
		}
	}
	return m.commands.saveAll(captures, m.kept)
}

// allSaved quits if all was saved and the person has not changed their mind, else says what was not saved. Somebody who went on and
// then quit again is asked about captures that began meanwhile.
func (m *model) allSaved(msg allSavedMsg) tea.Cmd {
	m.savingAll = false
	quits := m.leaving && msg.err == nil
	var texts []string
	for _, s := range msg.saved {
		m.kept[s.id] = s.saved
		text := savedText(s) + ": " + s.saved.Path
		if s.instead != nil {
			text += ", as the tool wrote it: " + s.instead.Error()
		}
		texts = append(texts, text)
	}
	if quits && !m.captureBeganAfter(msg.of) {
		m.told = texts
		return tea.Quit
	}
	m.leaving, m.failed = quits, msg.err
	if len(texts) > 0 {
		m.notice = margin.Notice{Text: strings.Join(texts, "\n"), Mood: margin.Done}
	}
	return nil
}

// captureBeganAfter says whether there is a capture besides these that runs, or holds something that is in no file.
func (m *model) captureBeganAfter(these tools.List) bool {
	return slices.ContainsFunc(m.runs.All, func(r tools.State) bool {
		known := slices.ContainsFunc(these, func(s tools.State) bool { return s.ID == r.ID })
		return r.Capture && !known && (r.Phase != tools.Ended || runs.UnsavedOf(tools.List{r}, m.kept).Captures() > 0)
	})
}

// saveAll stops these captures, waits until all of them have ended, and saves those that hold something that is in no file, each in its
// usual place under a name that is free.
func saveAll(ctx context.Context, from Runs, captures tools.List, kept map[tools.RunID]save.File) (msg allSavedMsg) {
	msg.of = captures
	ended, err := stopAll(ctx, from, captures)
	if err != nil {
		msg.err = err
		return msg
	}
	for _, r := range ended {
		if runs.UnsavedOf(tools.List{r}, kept).Captures() == 0 {
			continue
		}
		s := saveAtHome(ctx, from, r)
		if s.err != nil {
			msg.err = errors.Join(msg.err, fmt.Errorf("run %d: %w", r.ID, s.err))
			continue
		}
		msg.saved = append(msg.saved, s)
	}
	return msg
}

// saveAtHome saves a run at its usual place, under the first name that is free.
func saveAtHome(ctx context.Context, from Runs, r tools.State) (s savedMsg) {
	const mostNumbered = 1000
	for n := 1; n <= mostNumbered; n++ {
		s = saveRun(ctx, from, r.ID, r.Capture, save.Target{Path: save.Numbered(from.DefaultPath(r), n)})
		if !errors.Is(s.err, newfile.ErrExists) {
			break
		}
	}
	return s
}

// stopAll stops runs, and returns their states when all of them have ended.
func stopAll(ctx context.Context, from Runs, stop tools.List) (ended tools.List, err error) {
	for _, r := range stop {
		if r.Phase != tools.Ended {
			_ = from.Stop(r.ID) // a run that has ended meanwhile is no error here
		}
	}
	for seen := uint64(0); ; {
		list, version, err := from.Next(ctx, seen)
		if err != nil {
			return nil, err
		}
		seen, ended = version, nil
		for _, r := range list {
			if r.Phase == tools.Ended && slices.ContainsFunc(stop, func(s tools.State) bool { return s.ID == r.ID }) {
				ended = append(ended, r)
			}
		}
		if len(ended) == len(stop) {
			return ended, nil
		}
	}
}

// savingBox is drawn while captures are stopped and saved.
func (m *model) savingBox() []string {
	width := min(m.width, questionWidth)
	lines := []string{""}
	for _, text := range []string{"Stopping the captures, and saving what is in no file …", "", "y quit without saving    n go on"} {
		lines = append(lines, cells.Wrap("  "+text, width-2)...)
	}
	return m.styles.Box("quit", append(lines, ""), width, len(lines)+3, true)
}
