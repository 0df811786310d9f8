package runs

import (
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// Seated says whether the person can go to a tool that has the whole terminal.
func Seated(r tools.State) bool { return r.Whole && r.Phase != tools.Ended }

// WholeText replaces the lines of a run whose tool had the whole terminal: what such a tool draws makes no sense as lines.
func WholeText(s style.Styles, r tools.State, width, height int) []string {
	tool := cells.Clean(r.Tool())
	texts := []string{tool + " has the whole terminal: enter goes to it, ctrl+] comes back here, and the tool keeps running"}
	if r.Phase == tools.Ended {
		texts = []string{
			tool + " had the whole terminal: its output is kept as it was written, " + figures.Bytes(r.Bytes) + ", with all cursor movements",
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

// WholeFoot says how the run stands.
func WholeFoot(s style.Styles, r tools.State, width int) string {
	text := "── " + standing(r) + " "
	return forRun(s, r).Render(cells.Fit(text+strings.Repeat("─", max(0, width-cells.StyledWidth(text))), width))
}
