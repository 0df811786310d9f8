package ui

import "github.com/fennec-project/podtracer/tools"

// keyRows draws what keys do.
func keyRows(s styles, title string, width int, rows [][2]string) []string {
	out := []string{s.strong.Render(fit(" "+title, width))}
	for _, r := range rows {
		out = append(out, "   "+s.accent.Render(fit(r[0], 17))+fit(r[1], width-20))
	}
	return out
}

// screenHelp is the help of a screen with a help of its own; nil on the others.
func (m *model) screenHelp(width int) []string {
	run, _ := m.runs.find(m.output.id)
	switch {
	case m.screen == listing:
		return keyRows(m.styles, "runs: what was started, newest first", width, [][2]string{
			{"↑ ↓ pgup pgdn", "move"},
			{"enter", "look at the run; at a set, at all of its runs together"},
			{"space v", "mark up to two runs; see the marked ones side by side"},
			{"", "(without marks: this one and the next one below)"},
			{"x", "stop the run, or all runs of a set"},
			{"s z", "save; freeze a ring and keep it"},
			{"y Y ctrl+y", "copy: podtracer run …, the plain command, the saved path"},
			{"esc", "back"},
			{"q ctrl+c", "quit: all tools are stopped"},
		})
	case m.screen == splitting:
		return keyRows(m.styles, "runs side by side, or together: read them", width, [][2]string{
			{"tab", "the other run: keys go to the one with ▸"},
			{"enter", "this run alone"},
			{"f ↑ ↓ g / & ! t", "as with a run alone, for this side only"},
			{"a n", "addresses: as they are, by name, or both"},
			{"x", "stop this run, or all runs of the set"},
			{"s y Y", "save, copy; of a set, each run is saved alone"},
			{"r esc", "the list of runs"},
		})
	case m.screen == watching && run.Whole && run.Phase != tools.Ended:
		return keyRows(m.styles, "a tool with the whole terminal", width, [][2]string{
			{"enter", "go to it: what is typed there is the tool's"},
			{"ctrl+]", "there: come back here; the tool goes on"},
			{"s x", "save what it wrote, as it was; stop it"},
			{"y Y", "copy: podtracer run …, the plain command"},
			{"r esc", "all runs; leave: the tool goes on"},
		})
	default:
		return nil
	}
}
