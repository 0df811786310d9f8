// Package line is how one line of output is shown: which addresses in it get names, which time is shown before it, and in which
// inks its words are drawn. Its door: Naming.Named, Stamp.Of, Tints with Inks, and ParseMoment for a time that somebody types.
package line

import (
	"net/netip"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cells"
)

// Names knows whose an address was at a given time.
type Names interface {
	At(addr netip.Addr, at time.Time) (k8s.Name, bool)
	Incomplete() string // why some are missing
}

// Naming is how known addresses are shown.
type Naming int

const (
	ByAddress Naming = iota
	ByName
	ByBoth
)

func (n Naming) String() string { return [...]string{"addresses", "names", "addresses and names"}[n] }

func (n Naming) Next() Naming { return (n + 1) % (ByBoth + 1) }

// Named puts the names that addresses had at that time into a line: in place of the addresses, or after them. The line is clean,
// and so is the result. By address, the line stays as it is.
func (n Naming) Named(line string, known Names, at time.Time) string {
	if n == ByAddress || known == nil {
		return line
	}
	var b strings.Builder
	done := 0
	for _, a := range Addresses(line) {
		name, ok := known.At(a.Addr, at)
		if !ok {
			continue
		}
		text := cells.Clean(name.String())
		if n == ByName {
			b.WriteString(line[done:a.Start] + text)
			done = a.end
			continue
		}
		b.WriteString(line[done:a.prefix] + "(" + text + ")")
		done = a.prefix
	}
	if done == 0 {
		return line
	}
	return b.String() + line[done:]
}
