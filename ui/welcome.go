package ui

import (
	"os"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"
)

// welcomeText is what somebody reads who is here for the first time. It takes no key: the first key acts, and closes it.
const welcomeText = `welcome: enter runs a tool in the pod under the cursor, with its output live on the screen
/ searches for pods, r shows all runs, esc goes back
? says what one can do, on every screen; this is not shown again`

// welcome says whether nobody was here before, and leaves a mark that somebody was. Where none can be left, there is a
// welcome the next time, too.
func welcome(dir string) tea.Msg {
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return welcomeMsg{}
	}
	mark, err := os.OpenFile(filepath.Join(dir, "welcomed"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return nil
	}
	if err == nil {
		_ = mark.Close()
	}
	return welcomeMsg{}
}
