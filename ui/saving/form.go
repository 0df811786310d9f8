package saving

import (
	"errors"
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// Form is the prompt for where to save a run, or a set of captures as one.
type Form struct {
	ID      tools.RunID
	Set     tools.SetID   // 0: a run
	pods    int           // of the set
	apart   time.Duration // by which the clocks of their nodes differ; 0: nobody would notice
	align   bool          // the times are corrected by that
	Capture bool          // packets are saved
	Saving  bool          // the answer is awaited
	input   textinput.Model
	replace string // the existing file of that name, which a second Enter replaces
	err     error
}

// Open shows the prompt for a run.
func (p *Form) Open(r tools.State) {
	*p = Form{ID: r.ID, Capture: r.Capture, input: style.NewInput()}
	p.input.Focus()
}

// OpenSet shows the prompt for the captures of a set, the clocks of whose nodes are apart.
func (p *Form) OpenSet(members []tools.State, apart time.Duration) {
	*p = Form{Set: members[0].Set, pods: len(members), apart: apart, Capture: true, input: style.NewInput()}
	p.input.Focus()
}

// SetPath offers a path. A path with invisible characters is not offered: it could not be typed, and another file would be saved.
func (p *Form) SetPath(path string) {
	if !printable.Is(path) {
		p.err = errOddPlace
		return
	}
	p.input.SetValue(path)
	p.input.CursorEnd()
}

var errOddPlace = hint.Add(errors.New("the usual path cannot be typed here"), "type another one")

// Path is what is typed.
func (p *Form) Path() string { return p.input.Value() }

// Aligns says whether the person can choose which times are saved.
func (p *Form) Aligns() bool { return p.apart > 0 && !p.Saving }

// Target is where to save, once Enter is pressed.
func (p *Form) Target() (save.Target, bool) {
	path := p.Path()
	return save.Target{Path: path, Overwrite: path == p.replace, Align: p.align}, path != "" && !p.Saving
}

// Update takes a key that is typed into the prompt.
func (p *Form) Update(k tea.KeyMsg) tea.Cmd {
	if k.Type == tea.KeyTab {
		p.align = p.Aligns() && !p.align
		return nil
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(k)
	p.err = nil
	return cmd
}

// Failed records why it was not saved. A second Enter replaces a file that exists.
func (p *Form) Failed(err error) {
	p.Saving, p.err = false, err
	if errors.Is(err, newfile.ErrExists) {
		p.replace = p.input.Value()
	}
}

// View draws the prompt.
func (p *Form) View(s style.Styles, width int) []string {
	title := "save the output as text"
	var kinds []string
	switch {
	case p.Set != 0:
		title = "save the packets of " + figures.Plural(p.pods, "pod") + " as one"
		kinds = []string{" .pcapng: in the order of time, with names, losses and an interface for each pod"}
	case p.Capture:
		title = "save the packets"
		kinds = []string{" .pcapng: the packets with names and losses; .pcap: the stream bit for bit"}
	}
	if p.apart > 0 {
		times := " times: those of the nodes, whose clocks are " + clock.Brief(p.apart) + " apart; tab corrects them"
		if p.align {
			times = " times: corrected to podtracer's clock, as the nodes' are " + clock.Brief(p.apart) + " apart; tab leaves them"
		}
		kinds = append(kinds, times)
	}
	p.input.Width = width - 5
	lines := []string{" " + cells.FitStyled(p.input.View(), width-3)}
	for _, kind := range kinds {
		lines = append(lines, s.Dim.Render(cells.Fit(kind, width-2)))
	}
	switch {
	case p.Saving:
		lines = append(lines, s.Dim.Render(cells.Fit(" saving …", width-2)))
	case p.err != nil && p.replace != "" && p.replace == p.input.Value() && p.Set != 0: // there may be one for each link type
		lines = append(lines, style.All(s.Warn, cells.WrapAll(" "+p.err.Error()+"\n enter replaces what is there", width-2))...)
	case p.err != nil && p.replace != "" && p.replace == p.input.Value():
		lines = append(lines, s.Warn.Render(cells.Fit(" there is a file of that name: enter replaces it", width-2)))
	case p.err != nil:
		for _, line := range s.Problem(p.err, width-4) {
			lines = append(lines, " "+line+" ")
		}
	default:
		lines = append(lines, s.Dim.Render(cells.Fit(" enter saves, esc goes back", width-2)))
	}
	return s.Box(title, lines, width, len(lines)+2, true)
}
