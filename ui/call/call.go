// Package call writes the lines that a person is given to type or to copy. They work where the person is: they have the name by which
// podtracer was started, and the flags that it was started with, as far as the line needs them.
package call

import (
	"cmp"
	"slices"

	"github.com/fennec-project/podtracer/tools/command"
)

// Call is how podtracer was started. The zero Call is that of a plain podtracer without flags.
type Call struct {
	Program   string   // podtracer's name, which may be two words; "" for podtracer
	Demo      bool     // the pods are those of the demo
	Cluster   []string // flags that say which cluster is meant, and as whom; kubectl has them, too
	Starting  []string // flags that say how tools are started
	Directory string   // the data directory; "" for the usual one
}

// Run is the line that runs a tool in pods. The demo has no cluster, and no other way to start a tool.
func (c Call) Run(words ...string) string {
	if c.Demo {
		return c.line("demo run", c.data(), words)
	}
	return c.All("run", words...)
}

// All is the line that depends on each of the flags.
func (c Call) All(verb string, words ...string) string {
	return c.line(verb, slices.Concat(c.Cluster, c.Starting, c.data()), words)
}

// Kept is the line for a run that is kept somewhere, here or in a pod.
func (c Call) Kept(verb string, words ...string) string {
	return c.line(verb, slices.Concat(c.Cluster, c.data()), words)
}

// Ask is the line that asks the cluster.
func (c Call) Ask(verb string, words ...string) string { return c.line(verb, c.Cluster, words) }

// Here is the line about the data directory.
func (c Call) Here(verb string, words ...string) string { return c.line(verb, c.data(), words) }

// Kubectl is a line of kubectl's for the same cluster.
func (c Call) Kubectl(verb string, words ...string) string {
	return joined("kubectl "+verb, c.Cluster, words)
}

func (c Call) data() []string {
	if c.Directory == "" {
		return nil
	}
	return []string{"--data-dir", c.Directory}
}

func (c Call) line(verb string, flags, words []string) string {
	return joined(cmp.Or(c.Program, "podtracer")+" "+verb, flags, words)
}

// joined is a line whose beginning needs no quotes.
func joined(begin string, flags, words []string) string {
	if rest := slices.Concat(flags, words); len(rest) > 0 {
		return begin + " " + command.Join(rest)
	}
	return begin
}
