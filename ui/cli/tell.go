package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/ui/call"
	"github.com/fennec-project/podtracer/ui/cli/option"
	"github.com/fennec-project/podtracer/ui/tty"
)

// What podtracer itself says goes through this file, and nowhere else: here it is made safe for a terminal. It contains names,
// messages and paths from the API, from pods and from files.

// say says one thing, on one line, also of an error that has several.
func say(to *os.File, format string, args ...any) {
	for i, arg := range args {
		if err, is := arg.(error); is {
			args[i] = hint.Line(err)
		}
	}
	tell(to, "podtracer: "+printable.Line(fmt.Sprintf(format, args...))+"\n")
}

// complain says what is wrong, and its hints.
func complain(to *os.File, err error) {
	var text strings.Builder
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(&text, "podtracer:", strings.TrimRight(line, "\n"))
	}
	tell(to, text.String()+hintLines(hint.Of(err)))
}

// advise gives hints.
func advise(to *os.File, hints string) { tell(to, hintLines(hints)) }

// adviseOnce gives hints that this podtracer has not given yet: what is the same of many helpers.
func (o *options) adviseOnce(hints string) {
	if hints == "" || slices.Contains(o.advised, hints) {
		return
	}
	o.advised = append(o.advised, hints)
	advise(o.streams.Err, hints)
}

// hintLines are hints as they are told, each on a line of its own.
func hintLines(hints string) string {
	var text strings.Builder
	for line := range strings.Lines(hints) {
		fmt.Fprintln(&text, "  hint:", strings.TrimRight(line, "\n"))
	}
	return text.String()
}

// lastWords is how long a terminal gets to take what podtracer says: a terminal whose person has vanished may take nothing any
// more, and must not block the process.
const lastWords = time.Second

func tell(to *os.File, text string) { send(to, printable.Lines(text)) }

func send(to *os.File, text string) {
	told := make(chan struct{})
	go func() { // ends when the text is written; if that never happens, the goroutine ends with the process
		defer close(told)
		_, _ = to.WriteString(text) // nobody can be told that telling failed
	}()
	select {
	case <-told:
	case <-time.After(lastWords):
	}
}

// ask asks a question at the terminal, to which a person says yes or anything else. The end of ctx means no.
func ask(ctx context.Context, s Streams, question string) bool {
	tell(s.Err, "podtracer: "+printable.Line(question))
	answered := make(chan string, 1)
	go func() { // ends with a line; if that never comes, the goroutine ends with the process
		answer := make([]byte, 64)
		n, _ := s.In.Read(answer) // no answer means no
		answered <- strings.ToLower(strings.TrimSpace(string(answer[:n])))
	}()
	select {
	case answer := <-answered:
		return answer == "y" || answer == "yes"
	case <-ctx.Done():
		tell(s.Err, "\n")
		return false
	}
}

// takeBack resets terminals before podtracer says how it went: output from a pod may have hidden the text.
func takeBack(drawn map[*os.File]*tty.Drawn) {
	for terminal, d := range drawn {
		if sequence := d.TakeBack(); sequence != "" {
			send(terminal, sequence)
		}
	}
}

// print writes what was asked for.
func print(to *os.File, text string) error {
	_, err := to.WriteString(printable.Lines(text))
	return err
}

// checkOutput refuses a form of output that does not exist.
func checkOutput(form string) error {
	if form != "" && form != "json" {
		return hint.Add(fmt.Errorf("-o/--output: there is no form %q", form), "without -o it is a table; -o json is for programs")
	}
	return nil
}

// printTable writes what was asked for as a table.
func printTable(to *os.File, rows [][]string) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable.Line(cell)
		}
		fmt.Fprintln(table, strings.Join(row, "\t")) // Flush returns its error
	}
	return table.Flush()
}

// told is a writer for cobra, whose messages quote what was typed. It keeps tabs, which separate a completion from its description.
type told struct{ to *os.File }

func (t told) Write(p []byte) (int, error) {
	fields := strings.Split(string(p), "\t")
	for i, field := range fields {
		fields[i] = printable.Lines(field)
	}
	_, err := t.to.WriteString(strings.Join(fields, "\t"))
	if err != nil {
		return 0, errors.Join(io.ErrShortWrite, err)
	}
	return len(p), nil
}

// call is how this podtracer was started, for the lines that a person types or copies.
func (o *options) call() call.Call {
	c := call.Call{Program: pluginName(o.args[0]), Cluster: o.flags.Words(), Starting: option.Words(o.starting)}
	if o.dataDir != "" {
		c.Directory = o.dataDir
		if full, err := filepath.Abs(o.dataDir); err == nil { // the line may be typed elsewhere
			c.Directory = full
		}
	}
	return c
}

// call is how this podtracer was started, and for whose pods.
func (r *runOptions) call() call.Call {
	c := r.options.call()
	c.Demo = r.demo
	return c
}

// tellLeft says how many runs an earlier podtracer has left; 0 is no news.
func (r *runOptions) tellLeft(runs int) {
	what := "1 run was"
	switch {
	case runs == 0:
		return
	case runs > 1:
		what = fmt.Sprintf("%d runs were", runs)
	}
	r.say("%s left by an earlier podtracer; hint: %s lists them", what, r.call().Here("runs"))
}

// keptLines say what can be done with output that is kept.
func (o *options) keptLines(id string) string {
	return o.call().Here("runs save", id, "FILE") + " saves it, " + o.call().Here("runs remove", id) + " removes it"
}
