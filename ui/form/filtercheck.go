package form

import (
	"errors"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// typedTime is how long typing must pause before a filter is checked.
const typedTime = 150 * time.Millisecond

// filterCheck is tcpdump's answer about the filter in the arguments.
type filterCheck struct {
	view  int    // the number of the check; answers to older checks are thrown away
	of    string // the pod and the command that are checked; "" for none
	argv  []string
	done  bool
	state filter.Check
	told  bool // the refusal was shown once: the next Enter runs the command anyway
}

type (
	typedMsg         struct{ view int } // typing has paused
	filterCheckedMsg struct {
		view  int
		check filter.Check
	}
)

// checkFilter starts a check if the form's capture differs from the one checked last.
func (f *Form) checkFilter(shown bool) tea.Cmd {
	argv, of := []string(nil), ""
	if shown && f.packets && !f.presets.open {
		if words, err := f.argv(); err == nil && len(words) > 0 && len(f.blanks) == 0 {
			argv, of = words, f.pod.UID+" "+f.pod.String()+" "+command.Join(words)
		}
	}
	if of == f.check.of {
		return nil
	}
	f.check = filterCheck{view: f.check.view + 1, of: of, argv: argv}
	if of == "" {
		return nil
	}
	return f.deps.After(typedTime, typedMsg{f.check.view})
}

// typed checks the filter once typing has paused.
func (f *Form) typed(msg typedMsg) tea.Cmd {
	c := &f.check
	if msg.view != c.view || c.of == "" {
		return nil
	}
	view := c.view
	return f.deps.CheckFilter(f.pod, c.argv, func(check filter.Check) tea.Msg { return filterCheckedMsg{view, check} })
}

func (f *Form) takeCheck(msg filterCheckedMsg) {
	if c := &f.check; msg.view == c.view {
		c.done, c.state = true, msg.check
	}
}

// refusal stops Enter, once, while tcpdump refuses the filter.
func (c *filterCheck) refusal() error {
	if c.told || c.of == "" || !c.done || !c.state.Known || c.state.OK {
		return nil
	}
	c.told = true
	return hint.Add(errors.New("tcpdump refuses this filter, for the reason above"), "enter again runs it anyway")
}

// text says in one line how the check stands.
func (c *filterCheck) text(s style.Styles) (text string, style lipgloss.Style) {
	switch {
	case c.of != "" && c.done && c.state.Name != "":
		return "? " + cells.Clean(c.state.Name) + " is taken for the name of a host: not checked", s.Warn
	case c.of == "" || c.done && !c.state.Known:
		return "", s.Dim
	case !c.done:
		return "… checking the filter", s.Dim
	case c.state.OK && c.state.Filter == "":
		return "✓ no filter: all packets", s.Good
	case c.state.OK:
		return "✓ filter ok", s.Good
	default:
		return "× " + cells.Clean(cells.FirstLine(c.state.Message)), s.Bad
	}
}

// underline is the last line of the arguments' box; what does not fit into it is returned as more.
func (f *Form) underline(s style.Styles, width int) (line string, more []string) {
	text, paint := f.check.text(s)
	keys := f.lineKeys()
	for keys != "" && cells.StyledWidth(text)+cells.StyledWidth(keys)+8 > width { // the last key is dropped first
		keys = keys[:max(0, strings.LastIndex(keys, "  "))]
	}
	if keys != "" {
		keys = strings.TrimRight(keys, " ") + " "
	}
	room := width - 8
	if cells.StyledWidth(text) > room {
		more = style.All(paint, cells.Wrap(text, width-1))
		text = ""
	}
	if f.focus != onArguments {
		return cells.FitStyled("  "+paint.Render(text), width), more
	}
	if text != "" {
		text = paint.Render(" " + text + " ")
	}
	left, right := s.Accent.Render("└─")+text, s.Dim.Render(keys)+s.Accent.Render("─┘")
	gap := max(0, width-cells.StyledWidth(left)-cells.StyledWidth(right))
	return left + s.Accent.Render(strings.Repeat("─", gap)) + right, more
}
