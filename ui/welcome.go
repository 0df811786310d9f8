package ui

import (
	"errors"
	"io/fs"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/owndir"
)

// welcomeText greets people who use podtracer for the first time. It takes no key: the first key acts, and closes it.
const welcomeText = `welcome: enter runs a tool in the pod under the cursor, with its output live on the screen
/ searches for pods, r shows all runs, esc goes back
? says what one can do, on every screen; this is not shown again`

type welcomeMsg struct{} // nobody was here before

// welcome says whether nobody was here before, and leaves a mark for the next time. If the mark cannot be left, the text is shown
// again.
func welcome(dir string) tea.Msg {
	if dir == "" {
		return welcomeMsg{}
	}
	state, err := owndir.Make(dir)
	if err != nil {
		return welcomeMsg{}
	}
	defer state.Close()
	mark, err := state.Create("welcomed")
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		_ = mark.Close()
	}
	return welcomeMsg{}
}

// leftText says that a podtracer was killed and left something.
func leftText(runs int) string {
	switch runs {
	case 0:
		return ""
	case 1:
		return "1 run was left by an earlier podtracer: podtracer runs lists it"
	default:
		return figures.Plural(runs, "run") + " were left by an earlier podtracer: podtracer runs lists them"
	}
}
