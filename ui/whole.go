package ui

import (
	"strings"

	"github.com/fennec-project/podtracer/tools"
)

// seated says whether the person can go to a tool that has a whole terminal.
func seated(r tools.State) bool { return r.Whole && r.Phase != tools.Ended }

// wholeLines stand where the lines of other runs are: what a tool draws means nothing as lines.
func wholeLines(s styles, r tools.State, width, height int) []string {
	tool := clean(r.Tool())
	texts := []string{tool + " has the whole terminal: enter goes to it, ctrl+] there comes back here, and it goes on"}
	if r.Phase == tools.Ended {
		texts = []string{
			tool + " had the whole terminal: what it wrote is kept as it was, " + bytesText(r.Bytes) + ", with all that moves the cursor",
			"s saves it; cat, or less -R, shows the file",
		}
	}
	out := []string{""}
	for _, text := range texts {
		out = append(out, styleAll(s.dim, wrap(" "+text, width))...)
	}
	for len(out) < height {
		out = append(out, "")
	}
	return out[:max(0, min(len(out), height))]
}

// wholeFoot says how the run stands.
func wholeFoot(s styles, r tools.State, width int) string {
	text := "── " + standing(r) + " "
	return s.forRun(r).Render(fit(text+strings.Repeat("─", max(0, width-visibleWidth(text))), width))
}

// whole says whether what was chosen gets the whole terminal.
func (f *form) whole() bool {
	argv, err := f.argv()
	if err != nil || f.packets {
		return false
	}
	if chosen, ok := f.wholeIs[tools.Join(argv)]; ok {
		return chosen
	}
	return tools.WantsTerminal(argv)
}

// toggleWhole gives what was chosen the whole terminal, or takes it away.
func (f *form) toggleWhole() {
	if argv, err := f.argv(); err == nil && !f.packets {
		f.wholeIs[tools.Join(argv)] = !f.whole()
	}
}

// wholeLine says whether the tool gets the whole terminal, and how that is changed.
func (f *form) wholeLine(s styles, width int) []string {
	if f.packets {
		return nil
	}
	mark, after := " ", "ctrl+t gives it yours until it ends"
	if f.whole() {
		mark, after = ticked, "ctrl+t: its output as lines"
	}
	return []string{" whole terminal [" + mark + "]  " + s.dim.Render(strings.TrimRight(fit(after, width-21), " "))}
}

// onWhole says whether the run on the screen has the whole terminal, or had it.
func (m *model) onWhole() bool {
	run, _ := m.runs.find(m.output.id)
	return m.screen == watching && run.Whole
}
