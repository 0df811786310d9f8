// Package checkup reports whether podtracer has what it needs: one Finding for each thing that was checked.
package checkup

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fennec-project/podtracer/internal/printable"
)

// Finding is the result for one thing.
type Finding struct {
	Subject string `json:"subject"`         // what was checked: "runtime", "right to list pods"
	State   State  `json:"state"`           // whether podtracer can work with it
	Found   string `json:"found"`           // what was found
	Means   string `json:"means,omitempty"` // what a person cannot do because of it; "" if everything works
	Advice  string `json:"advice,omitempty"`
}

// State is how good a finding is.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // podtracer works, but a part of it does not
	Failure State = "failure" // podtracer cannot run tools in pods
)

// Good returns a finding without a problem.
func Good(subject, found string) Finding { return Finding{Subject: subject, State: OK, Found: found} }

// Lines are findings for people: one line each, and below it what the finding means and what to do, where there is something to say. They
// are safe to print.
func Lines(found []Finding) string {
	longest := 0
	for _, f := range found {
		longest = max(longest, len(f.Subject))
	}
	margin := strings.Repeat(" ", longest+11)
	var b strings.Builder
	counts := map[State]int{}
	for _, f := range found {
		counts[f.State]++
		fmt.Fprintf(&b, "%-8s %-*s  %s\n", f.State, longest, f.Subject, strings.Join(linesOf(f.Found), "\n"+margin))
		for _, line := range linesOf(f.Means) {
			fmt.Fprintf(&b, "%s%s\n", margin, line)
		}
		for _, line := range linesOf(f.Advice) {
			fmt.Fprintf(&b, "%shint: %s\n", margin, commands.ReplaceAllString(line, "$1\n"+margin+"  $2"))
		}
	}
	fmt.Fprintf(&b, "\n%d ok, warnings: %d, failures: %d\n", counts[OK], counts[Warning], counts[Failure])
	return b.String()
}

// commands are the places in a hint where a command begins: each has a line of its own there, to be read and to be copied.
var commands = regexp.MustCompile(`(with:|&&) (kubectl )`)

// linesOf are the lines of a text from elsewhere; "" has none.
func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(printable.Lines(text), "\n"), "\n")
}
