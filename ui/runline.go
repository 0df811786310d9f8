package ui

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/keys"
)

// runLine is the line that runs the same without the console. A capture goes to a file there.
func runLine(r tools.State) string {
	words := append([]string{"podtracer", "run", "--pod", r.Pod.Name, "-n", r.Pod.Namespace}, runFlags(r)...)
	if r.Capture {
		words = append(words, "-f", r.Pod.Name+".pcapng")
	}
	return command.Join(append(append(words, "--"), asked(r)...))
}

// plainLine is the command as one would type it in the pod's network namespace.
func plainLine(r tools.State) string { return command.Join(asked(r)) }

func asked(r tools.State) []string {
	if len(r.Asked) == 0 { // of an older run
		return r.Argv
	}
	return r.Asked
}

// runFlags are what ends a run, and what of a capture is kept, as flags of podtracer run.
func runFlags(r tools.State) []string {
	var out []string
	add := func(f field, value string) {
		if value != "" {
			out = append(out, fieldTexts[f].flag, value)
		}
	}
	if r.Limits.Timer > 0 {
		add(stopAfter, figures.Duration(r.Limits.Timer))
	}
	add(atSize, sizeFlag(r.Limits.Size))
	if r.Limits.Packets > 0 {
		add(atPackets, strconv.FormatInt(r.Limits.Packets, 10))
	}
	add(keepFree, sizeFlag(r.Limits.MinFree))
	add(keepLast, sizeFlag(r.Ring.Size))
	if r.Ring.FreezeOn != nil {
		add(freezeOn, r.Ring.FreezeOn.String())
		if r.Ring.KeepAfter > 0 { // run has no key that freezes
			add(thenKeep, figures.Duration(r.Ring.KeepAfter))
		}
	}
	if r.Headers {
		out = append(out, fieldTexts[headersOnly].flag)
	}
	return out
}

// sizeFlag is a number of bytes as a flag takes it; "" if none was chosen.
func sizeFlag(n int64) string {
	switch {
	case n < 0:
		return "none"
	case n == 0:
		return ""
	case n%(1<<10) == 0:
		return strings.NewReplacer(" ", "", ",", "").Replace(figures.Size(n))
	default:
		return strconv.FormatInt(n, 10)
	}
}

// keyCopy takes a key that copies something of a run, and says whether it was one.
func (m *model) keyCopy(k tea.KeyMsg, r tools.State) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, keys.CopyRun):
		return m.commands.copy(runLine(r)), true
	case key.Matches(k, keys.CopyPlain):
		return m.commands.copy(plainLine(r)), true
	case key.Matches(k, keys.CopyPath):
		return m.copyPath(m.kept[r.ID].Path), true
	default:
		return nil, false
	}
}
