// Package handing asks until when a run may go on without the console. It acts on nothing: the console hands the run over.
//
// The door: Form.
package handing

import (
	"errors"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// Form is the question for a run.
type Form struct {
	ID      tools.RunID
	Handing bool // the answer is awaited
	run     tools.State
	input   textinput.Model
	err     error
}

// usual is offered as the time that a run may still take.
const usual = "1h"

// Open shows the question for a run.
func (f *Form) Open(r tools.State) {
	*f = Form{ID: r.ID, run: r, input: style.NewInput()}
	f.input.SetValue(usual)
	f.input.CursorEnd()
	f.input.Focus()
}

// What names the run.
func (f *Form) What() string {
	return cells.Clean(f.run.Tool()) + " in " + cells.Clean(f.run.Pod.String())
}

// Typed is what stands in the field.
func (f *Form) Typed() string { return f.input.Value() }

var errTime = hint.Add(errors.New("not a time"), "write for example 30m, 2h or 1h30m")

// Answer is how long the run may go on, once Enter is pressed; otherwise the question says what is wrong.
func (f *Form) Answer() (most time.Duration, ok bool) {
	if f.Handing {
		return 0, false
	}
	most, err := time.ParseDuration(strings.TrimSpace(f.Typed()))
	if err != nil || most < time.Second {
		f.err = errTime
		return 0, false
	}
	return most, true
}

// Update takes a key that is typed.
func (f *Form) Update(k tea.KeyMsg) tea.Cmd {
	var cmd tea.Cmd
	f.input, cmd = f.input.Update(k)
	f.err = nil
	return cmd
}

// Failed says why the run goes on here.
func (f *Form) Failed(err error) { f.Handing, f.err = false, err }

// View draws the question.
func (f *Form) View(s style.Styles, width int) []string {
	lines := cells.Wrap(" "+f.What()+" goes on without this console, with its limits. It ends after this time at the latest:", width-2)
	f.input.Width = width - 5
	lines = append(lines, " "+cells.FitStyled(f.input.View(), width-3))
	kept := " Then its output is kept for an hour."
	if !f.run.Remote {
		kept = " Then its output stays here until somebody removes it."
	}
	for _, line := range cells.Wrap(kept+" The list of runs (r) of any console picks it up, and so does the command that is told then.", width-2) {
		lines = append(lines, s.Dim.Render(line))
	}
	switch {
	case f.Handing:
		lines = append(lines, s.Dim.Render(cells.Fit(" handing it over …", width-2)))
	case f.err != nil:
		for _, line := range s.Problem(f.err, width-4) {
			lines = append(lines, " "+line+" ")
		}
	default:
		lines = append(lines, s.Dim.Render(cells.Fit(" enter detaches it, esc goes back", width-2)))
	}
	return s.Box("detach", lines, width, len(lines)+2, true)
}
