package line

import "time"

// Reading is how a person looks at the lines or packets of a run.
type Reading struct {
	Naming Naming
	Names  Names
	Began  time.Time // what times are counted from
}

// Named puts names into a text of some time. The text is clean, and so is what is returned.
func (r Reading) Named(text string, at time.Time) string { return r.Naming.Named(text, r.Names, at) }
