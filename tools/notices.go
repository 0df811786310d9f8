package tools

import (
	"fmt"
	"slices"

	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// explainWords explains shell words before a tool starts that takes no such words, or after another tool has failed.
func (r *run) explainWords(failed bool) {
	argv := r.request.Argv
	if command.ShellWord(argv) != "" && command.TakesShellWords(argv) == failed {
		what, advice := command.PassedOn(argv), command.WithShell(argv)
		r.keep(what + "; " + advice)
		r.explain(what, advice)
	}
}

// explainFailure names the capability that a failed tool was missing, which the tool itself rarely does.
func (r *run) explainFailure(exit launch.Exit) {
	if exit.Lacks == "" || r.request.Stderr == nil && !r.request.Text {
		return
	}
	state, _ := r.state.Get()
	text := state.Tool() + " needs " + exit.Lacks + ", which is missing here"
	advice := "run podtracer as root, or add it to the container's securityContext.capabilities"
	r.explain(text, advice)
}

// explain tells a person something beside the output, and what can be done about it on a line of its own, where a narrow screen has room
// for it.
func (r *run) explain(text, advice string) {
	text, advice = printable.Line(text), printable.Line(advice)
	switch {
	case r.request.Text:
		r.note(text)
		r.note("hint: " + advice)
	case r.request.Stderr != nil:
		fmt.Fprintf(r.request.Stderr, "podtracer: %s\n  hint: %s\n", text, advice)
	}
}

// note writes a line beside the output.
func (r *run) note(text string) { r.lines.Note(text) }

// notice tells a person something once, beside the output, and keeps it for the report.
func (r *run) notice(text string) {
	text = printable.Line(text)
	r.keep(text)
	switch {
	case r.request.Text:
		r.note(text)
	case r.request.Stderr != nil:
		fmt.Fprintf(r.request.Stderr, "podtracer: %s\n", text)
	}
}

// keep keeps what a person is told for the report.
func (r *run) keep(text string) {
	text = printable.Line(text)
	r.update(func(s *State) { s.Notices = append(slices.Clone(s.Notices), text) })
}
