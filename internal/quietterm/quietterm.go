// Package quietterm keeps libraries from talking to the terminal while the program is being initialised.
//
// Importing Bubble Tea v1 asks the terminal for its background colour, in every command of the binary: on a terminal
// that does not answer, `podtracer run` would wait five seconds and print escape sequences. With TERM=dumb it does not
// ask. Go initialises the packages that are ready in the order of their import paths, so this package, which needs the
// standard library only, comes before github.com/muesli/termenv, which asks. A test of the program on a silent terminal
// guards that order.
package quietterm

import "os"

// hidden is the TERM that the process was started with. The one package variable that is set while initialising: that
// it happens then is the point.
var hidden, present = hide()

func hide() (string, bool) {
	term, present := os.LookupEnv("TERM")
	if present {
		_ = os.Setenv("TERM", "dumb") // cannot fail: the name is valid
	}
	return term, present
}

// Restore gives TERM back. The first thing that the program does.
func Restore() {
	if present {
		_ = os.Setenv("TERM", hidden)
	}
}
