package margin

import (
	"errors"
	"io/fs"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/owndir"
)

// WelcomeText greets people who use podtracer for the first time. It takes no key: the first key acts, and closes it.
const WelcomeText = `welcome: enter runs a tool in the pod under the cursor, with its output live on the screen
/ searches for pods, r shows all runs, esc goes back
? says what one can do, on every screen; this is not shown again`

// FirstTime says whether nobody was here before, and leaves a mark for the next time. If the mark cannot be left, the text is shown
// again.
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

// Left says that a podtracer was killed and left something.
func Left(runs int) string {
	switch runs {
	case 0:
		return ""
	case 1:
		return "1 run was left by an earlier podtracer: podtracer runs lists it"
	default:
		return figures.Plural(runs, "run") + " were left by an earlier podtracer: podtracer runs lists them"
	}
}
