// Package quietterm keeps libraries from talking to the terminal while the program is being initialised.
//
// Importing Bubble Tea v1 asks the terminal for its background colour, in every command of the program: on a terminal that does not
// answer, `podtracer run` would wait five seconds and print escape sequences. With TERM=dumb it does not ask. Go initialises
// packages that are ready in the order of their import paths, so this package, which imports the standard library only, comes
// before github.com/muesli/termenv, which asks. A test of the program on a silent terminal checks that order.
package quietterm

import "os"

// hidden is the TERM that the process was started with. It is set while packages are initialised, which no other variable is: it has to
// happen then.
var hidden, present = hide()

func hide() (string, bool) {
	term, present := os.LookupEnv("TERM")
	if present {
		_ = os.Setenv("TERM", "dumb") // cannot fail: the name is valid
	}
	return term, present
}

// Restore restores TERM. The program calls it first.
func Restore() {
	if present {
		_ = os.Setenv("TERM", hidden)
	}
}
