package form

import (
	"strings"

	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// whole says whether the chosen command gets the whole terminal.
func (f *Form) whole() bool {
	argv, err := f.argv()
	if err != nil || f.packets {
		return false
	}
	if chosen, ok := f.wholeIs[command.Join(argv)]; ok {
		return chosen
	}
	return command.WantsTerminal(argv)
}

// toggleWhole gives the chosen command the whole terminal, or takes it away.
func (f *Form) toggleWhole() {
	if argv, err := f.argv(); err == nil && !f.packets {
		f.wholeIs[command.Join(argv)] = !f.whole()
	}
}

// wholeLine says whether the tool gets the whole terminal, and how to change that.
func (f *Form) wholeLine(s style.Styles, width int) []string {
	if f.packets {
		return nil
	}
	mark, after := " ", "ctrl+t gives it your terminal"
	if f.whole() {
		mark, after = ticked, "ctrl+t shows its output as lines instead"
	}
	return []string{" whole terminal [" + mark + "]  " + s.Dim.Render(strings.TrimRight(cells.Fit(after, width-21), " "))}
}
