package tools

import (
	"fmt"
	"slices"

	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// noShell says that a word that is meant for a shell is none for a tool.
func noShell(argv []string) string {
	return "no shell is run, so that " + command.ShellWord(argv) + " is an argument of " + argv[0] + "; with a shell: " + command.InShell(argv)
}

// explainWords says so before a tool runs that knows no such word, and of another one when it has failed.
func (r *run) explainWords(failed bool) {
	argv := r.request.Argv
	if command.ShellWord(argv) != "" && command.TakesShellWords(argv) == failed {
		r.notice(noShell(argv))
	}
}

// explainFailure says what a tool that failed was missing, which its own words seldom do.
func (r *run) explainFailure(exit launch.Exit) {
	if exit.Lacks == "" || r.request.Stderr == nil && !r.request.Text {
		return
	}
	state, _ := r.state.Get()
	text := exit.Lacks + " is missing here, which " + state.Tool() + " needs"
	advice := "run podtracer as root, or add it to the container's securityContext.capabilities"
	if r.request.Text {
		r.note(text + "; hint: " + advice)
		return
	}
	fmt.Fprintf(r.request.Stderr, "podtracer: %s\n  hint: %s\n", printable.Line(text), advice)
}

// note says something beside the output.
func (r *run) note(text string) { r.lines.Note(text) }

// notice says once what a person has to know beside the output, and keeps it for the report.
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
