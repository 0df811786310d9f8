package margin

import (
	"errors"
	"io/fs"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/owndir"
)

// WelcomeText greets people who use podtracer for the first time. The first key closes it, and does what it always does.
const WelcomeText = `welcome: enter runs a tool in the pod under the cursor, with its output live on the screen
/ searches for pods, r shows all runs, esc goes back
? on any screen lists what you can do there; this text is not shown again`

// FirstTime says whether podtracer is used for the first time, and leaves a mark in dir for the next time. If it cannot leave the
// mark, the next time counts as the first, too.
func FirstTime(dir string) bool {
	if dir == "" {
		return true
	}
	state, err := owndir.Make(dir)
	if err != nil {
		return true
	}
	defer state.Close()
	mark, err := state.Create("welcomed")
	if errors.Is(err, fs.ErrExist) {
		return false
	}
	if err == nil {
		_ = mark.Close()
	}
	return true
}

// Left says how many runs a podtracer that was killed has left, and the command that lists them.
func Left(runs int, list string) string {
	switch runs {
	case 0:
		return ""
	case 1:
		return "1 run was left by an earlier podtracer: " + list + " lists it"
	default:
		return figures.Plural(runs, "run") + " were left by an earlier podtracer: " + list + " lists them"
	}
}
