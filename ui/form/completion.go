package form

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/style"
)

// completion is how the arguments can continue.
type completion struct {
	of     string // the line up to the cursor
	word   string // the last word of that, which a candidate replaces
	all    []candidate
	rest   string // the rest of a line of the history that begins like this line
	open   bool   // the list of candidates is shown
	cursor int
}

const candidateRows = 5

// interfacesMsg brings the network of the form's pod.
type interfacesMsg struct {
	of      string
	network netinfo.Network
	lacking map[string]bool
}

// complete works out how the arguments can continue.
func (f *Form) complete() {
	c := &f.completion
	before, _ := f.aroundCursor()
	if f.focus != onArguments {
		*c = completion{}
		f.input.SetSuggestions(nil)
		return
	}
	if before != c.of {
		c.cursor = 0
	}
	c.of, c.rest = before, ""
	words := strings.Fields(before)
	c.word = ""
	if len(words) > 0 && strings.HasSuffix(before, words[len(words)-1]) {
		c.word, words = words[len(words)-1], words[:len(words)-1]
	}
	if quote := strings.TrimLeft(c.word, "('\""); quote != "" {
		c.word = quote
	}
	c.all = f.candidates(c.word, words)
	c.open = c.open && len(c.all) > 0
	for _, old := range f.history.of(f.tool().Name) {
		if rest, ok := strings.CutPrefix(old, before); ok && rest != "" && strings.TrimSpace(before) != "" {
			c.rest = rest
			break
		}
	}
	f.input.ShowSuggestions = !f.plain
	f.input.SetSuggestions(nil)
	if ghost := f.ghost(); ghost != "" {
		f.input.SetSuggestions([]string{before + ghost})
	}
}

// aroundCursor is the line before and behind the place where text is put in. A blank at that place is in neither.
func (f *Form) aroundCursor() (before, behind string) {
	line, at := []rune(f.input.Value()), f.input.Position()
	if b, ok := f.blankAt(); ok {
		return string(line[:b.from]), string(line[b.to:])
	}
	return string(line[:at]), string(line[at:])
}

// ghost is the suggestion that is shown in faint letters behind the cursor at the end of the line.
func (f *Form) ghost() string {
	c := &f.completion
	if _, on := f.blankAt(); on || f.input.Position() != len([]rune(f.input.Value())) {
		return ""
	}
	if c.rest != "" && !c.open {
		return c.rest
	}
	if len(c.all) == 0 {
		return ""
	}
	chosen := c.all[min(c.cursor, len(c.all)-1)].text
	rest, begins := strings.CutPrefix(chosen, c.word)
	switch {
	case !c.open && c.word == "" && !strings.HasSuffix(strings.TrimRight(c.of, " "), "-i"):
		return "" // the word could become anything
	case begins:
		return rest
	default:
		return " → " + chosen
	}
}

// takeSuggestion puts the ghost, or the candidate chosen in the list, into the line. It returns false if there is neither.
func (f *Form) takeSuggestion() bool {
	c := &f.completion
	_, behind := f.aroundCursor()
	line := []rune(f.input.Value())
	from, to := len([]rune(c.of)), len(line)-len([]rune(behind))
	switch {
	case !c.open && f.ghost() == "":
		return false
	case !c.open && c.rest != "":
		f.replace(line, from, to, []rune(c.rest))
	default:
		f.replace(line, from-len([]rune(c.word)), to, []rune(c.all[c.cursor].text))
	}
	c.open = false
	f.typedInto()
	return true
}

// typedInto updates the form after a change of the arguments.
func (f *Form) typedInto() {
	f.history.back = 0
	f.packets = f.capture()
	f.keep()
}

// keyCompletion handles a key of completion, and says whether it was one.
func (f *Form) keyCompletion(k tea.KeyMsg) bool {
	c := &f.completion
	switch {
	case f.focus != onArguments:
		return false
	case k.String() == "ctrl+n":
		if c.open {
			c.cursor = (c.cursor + 1) % len(c.all)
		} else if len(c.all) > 0 {
			c.open, c.cursor = true, 0
		}
		return true
	case k.String() == "right":
		return f.takeSuggestion()
	case c.open && key.Matches(k, keys.Back):
		c.open = false
		return true
	case c.open && key.Matches(k, keys.Enter):
		return f.takeSuggestion()
	case c.open && (k.String() == "down" || k.String() == "up"):
		by := 1
		if k.String() == "up" {
			by = len(c.all) - 1
		}
		c.cursor = (c.cursor + by) % len(c.all)
		return true
	default:
		return false
	}
}

// candidateLines draws the list of candidates under the arguments.
func (f *Form) candidateLines(s style.Styles, width int) []string {
	c := &f.completion
	if !c.open {
		return nil
	}
	textWidth := 10
	first := max(0, min(c.cursor-candidateRows/2, len(c.all)-candidateRows))
	shown := c.all[first:min(len(c.all), first+candidateRows)]
	for _, one := range shown {
		textWidth = min(max(textWidth, cells.StyledWidth(cells.Clean(one.text))), width/2)
	}
	var out []string
	for i, one := range shown {
		text, about := cells.Fit(cells.Clean(one.text), textWidth), cells.Fit(cells.Clean(one.about), width-textWidth-4)
		if first+i == c.cursor {
			out = append(out, s.Selected.Render("▸ "+text+"  "+about))
		} else {
			out = append(out, "  "+text+"  "+s.Dim.Render(about))
		}
	}
	return out
}

// lineKeys names the keys that work in the arguments; it is part of their frame.
func (f *Form) lineKeys() string {
	switch {
	case f.completion.open:
		return " enter take  ctrl+n next "
	case f.ghost() != "":
		return " → take  ctrl+n list  ctrl+r history "
	case len(f.completion.all) > 0:
		return " ctrl+n list  ctrl+r history "
	default:
		return " ctrl+r history "
	}
}

// askInterfaces asks for the network of the form's pod, once each time the form is opened.
func (f *Form) askInterfaces(shown bool) tea.Cmd {
	of := f.pod.String() + " " + f.pod.UID
	switch {
	case !shown:
		f.networkOf = ""
		return nil
	case f.networkOf == of || f.deps.Launcher.Reach(&f.pod).Network() != "":
		return nil
	}
	f.networkOf, f.network, f.lacking = of, netinfo.Network{}, nil
	pod, launcher := f.pod, f.deps.Launcher
	return f.deps.Network(pod, func(n netinfo.Network) tea.Msg { return interfacesMsg{of, n, lackingAt(launcher, &pod)} })
}

func (f *Form) takeInterfaces(msg interfacesMsg) {
	if msg.of == f.networkOf {
		f.network, f.lacking = msg.network, msg.lacking
		f.complete()
	}
}

// lackingAt are the tools of the catalogue that are not installed where they would run for a pod, as far as that is known.
func lackingAt(l Launcher, pod *k8s.Pod) map[string]bool {
	lacking := map[string]bool{}
	for _, tool := range command.Catalogue() {
		lacking[tool.Name] = l.Locate(pod, tool.Name) != nil
	}
	return lacking
}
