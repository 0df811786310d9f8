package form

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// ran is a command that was started.
type ran struct {
	Tool      string `json:"tool"` // anyCommand: the tool is the first word of the arguments
	Arguments string `json:"arguments"`
}

// history is the commands that were started, the oldest first, and how far back the arguments are. The next console reads it.
type history struct {
	all    []ran
	unkept bool    // the history is not saved for the next console
	back   int     // how many entries back the arguments are; 0: as they were typed
	typed  string  // what was typed before the person went back
	blanks []blank // the blanks of typed
}

const (
	keepRan  = 500     // entries
	ranBytes = 4 << 10 // longer arguments are not saved
)

// of are the arguments with which a tool was started, the newest first and without repetitions.
func (h *history) of(tool string) []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range slices.Backward(h.all) {
		if r.Tool == tool && !seen[r.Arguments] {
			seen[r.Arguments] = true
			out = append(out, r.Arguments)
		}
	}
	return out
}

// walk goes back in the history of a tool, or forward again to what was typed. It returns false at the end.
func (h *history) walk(by int, tool, typed string) (string, bool) {
	all := h.of(tool)
	if h.back == 0 {
		h.typed = typed
		all = slices.DeleteFunc(all, func(s string) bool { return s == typed })
	} else {
		all = slices.DeleteFunc(all, func(s string) bool { return s == h.typed })
	}
	to := h.back + by
	if to < 0 || to > len(all) {
		return "", false
	}
	h.back = to
	if to == 0 {
		return h.typed, true
	}
	return all[to-1], true
}

func (h *history) add(r ran) {
	h.all, h.back = append(h.all, r), 0
	h.all = h.all[max(0, len(h.all)-keepRan):]
}

// take takes the history that earlier consoles saved.
//
// Errors: why the history is not saved any more, reported once.
func (h *history) take(msg historyMsg) error {
	h.all = append(msg.kept, h.all...)
	h.all = h.all[max(0, len(h.all)-keepRan):]
	err := h.lose(msg.err)
	h.unkept = msg.unkept
	return err
}

// lose says once why the history is not saved any more.
func (h *history) lose(err error) error {
	if err == nil || h.unkept {
		return nil
	}
	h.unkept = true
	return err
}

// remember adds the command that is being started to the history, and saves it.
func (f *Form) remember() tea.Cmd {
	r := ran{f.tool().Name, strings.TrimSpace(f.input.Value())}
	if len(r.Arguments) > ranBytes {
		return nil
	}
	f.history.add(r)
	if f.history.unkept {
		return nil
	}
	dir := f.deps.StateDir
	return func() tea.Msg { return keepHistory(dir, r) }
}

// walkHistory puts an earlier command into the arguments. It returns false if there is none.
func (f *Form) walkHistory(by int) bool {
	if f.history.back == 0 {
		f.history.blanks = f.blanks
	}
	text, ok := f.history.walk(by, f.tool().Name, f.input.Value())
	if ok {
		f.setLine(text, nil)
		if f.history.back == 0 {
			f.setLine(text, f.history.blanks)
			f.toBlank()
		}
		f.packets = f.capture()
		f.keep()
	}
	return ok
}
