package tools

import (
	"fmt"
	"slices"

	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// noShell explains that a word written for a shell is passed to the tool as an argument.
func noShell(argv []string) string {
	return "no shell is run, so " + command.ShellWord(argv) + " is passed to " + argv[0] + " as an argument; with a shell: " + command.InShell(argv)
}

// explainWords explains shell words before a tool starts that takes no such words, or after another tool has failed.
func (r *run) explainWords(failed bool) {
	argv := r.request.Argv
	if command.ShellWord(argv) != "" && command.TakesShellWords(argv) == failed {
		r.notice(noShell(argv))
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
	if r.request.Text {
		r.note(text + "; hint: " + advice)
		return
	}
	fmt.Fprintf(r.request.Stderr, "podtracer: %s\n  hint: %s\n", printable.Line(text), advice)
}

// note writes a line beside the output.
func (r *run) note(text string) { r.lines.Note(text) }

// notice tells a person something once, beside the output, and keeps it for the report.
func (r *run) notice(text string) {
	text = printable.Line(text)
	r.update(func(s *State) { s.Notices = append(slices.Clone(s.Notices), text) })
	switch {
	case r.request.Text:
		r.note(text)
	case r.request.Stderr != nil:
		fmt.Fprintf(r.request.Stderr, "podtracer: %s\n", text)
	}
}
