package ui

import (
	"net/netip"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cells"
)

// names knows whose an address was at a time.
type names interface {
	At(addr netip.Addr, at time.Time) (k8s.Name, bool)
	Incomplete() string // why some are missing
}

// naming is how known addresses are shown.
type naming int

const (
	byAddress naming = iota
	byName
	byBoth
)

func (n naming) String() string { return [...]string{"addresses", "names", "addresses and names"}[n] }

func (n naming) next() naming { return (n + 1) % (byBoth + 1) }

// named puts the names that addresses had at that time into a line: in place of them, or behind them. The line is clean,
// and so is what is returned. By address it stays as it is.
func (n naming) named(line string, known names, at time.Time) string {
	if n == byAddress || known == nil {
		return line
	}
	var b strings.Builder
	done := 0
	for _, a := range addressesIn(line) {
		name, ok := known.At(a.addr, at)
		if !ok {
			continue
		}
		text := cells.Clean(name.String())
		if n == byName {
			b.WriteString(line[done:a.start] + text)
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
