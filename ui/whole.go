package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/style"
)

// seated says whether the person can go to a tool that has a whole terminal.
func seated(r tools.State) bool { return r.Whole && r.Phase != tools.Ended }

// wholeText stands where the lines of other runs are: what a tool draws means nothing as lines.
func wholeText(s style.Styles, r tools.State, width, height int) []string {
	tool := cells.Clean(r.Tool())
	texts := []string{tool + " has the whole terminal: enter goes to it, ctrl+] there comes back here, and it goes on"}
	if r.Phase == tools.Ended {
		texts = []string{
			tool + " had the whole terminal: what it wrote is kept as it was, " + figures.Bytes(r.Bytes) + ", with all that moves the cursor",
			"s saves it; cat, or less -R, shows the file",
		}
	}
	out := []string{""}
	for _, text := range texts {
		out = append(out, style.All(s.Dim, cells.Wrap(" "+text, width))...)
	}
	for len(out) < height {
		out = append(out, "")
	}
	return out[:max(0, min(len(out), height))]
}

// wholeFoot says how the run stands.
func wholeFoot(s style.Styles, r tools.State, width int) string {
	text := "── " + standing(r) + " "
	return forRun(s, r).Render(cells.Fit(text+strings.Repeat("─", max(0, width-cells.StyledWidth(text))), width))
}

// wholeLayer is a run that has the whole terminal, or had it.
var wholeLayer = layer{
	name: "whole terminal", shown: func(m *model) bool {
		run, _ := m.runs.find(m.output.id)
		return m.screen == watching && run.Whole
	},
	key: (*model).keyWhole, fill: (*model).wholeLines, hint: (*model).wholeHint, help: wholeHelp, wheel: still,
}

func (m *model) keyWhole(k tea.KeyMsg) tea.Cmd {
	if run, _ := m.runs.find(m.output.id); key.Matches(k, keys.Enter) && seated(run) {
		return m.commands.sit(run.ID)
	}
	return m.keyRun(k)
}

func (m *model) wholeLines(height int) []string {
	run, _ := m.runs.find(m.output.id)
	lines := m.output.header(m.styles, run, m.deps.Launcher.Reach(&run.Pod).Here, m.width, m.now)
	trouble := m.output.trouble(m.styles, run, m.width)
	rows := max(1, height-len(lines)-len(trouble)-1)
	lines = append(append(lines, wholeText(m.styles, run, m.width, rows)...), trouble...)
	return append(lines, wholeFoot(m.styles, run, m.width))
}

func (m *model) wholeHint() string {
	run, _ := m.runs.find(m.output.id)
	hint := "s save  " + stopHint(run) + "y copy  r runs  esc back  ? help  q quit"
	if seated(run) {
		return "enter go to it  " + hint
	}
	return hint
}
