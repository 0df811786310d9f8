package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An answer of a credential plugin, for an API that accepts no credentials.
const credentials = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"secret"}}`

// asking makes a plugin that asks for a password at the terminal the first time it is run.
func asking(t *testing.T) (script, typed string) {
	t.Helper()
	typed = filepath.Join(t.TempDir(), "typed")
	return "printf 'Password: ' >&2; read word; echo \"$word\" >>" + typed + "; echo '" + credentials + "'", typed
}

func TestAPluginThatAsksHasTheTerminalBeforeTheScreenOpens(t *testing.T) {
	t.Parallel() // the test mostly waits
	for _, mode := range []string{"IfAvailable", "Always"} {
		script, typed := asking(t)
		config := writeKubeconfig(t, startRefusingAPI(t), strings.Replace(plugin(script), "IfAvailable", mode, 1))
		s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary)
		s.waitFor("Password: ")
		time.Sleep(6 * time.Second) // longer than podtracer waits for a silent plugin: a person takes time
		if strings.Contains(s.written(), "\x1b[?1049h") {
			t.Errorf("%s: the screen opened under the question", mode)
		}
		s.press("sesame\n")
		s.waitFor("\x1b[?1049h")
		opened := len(s.written())
		s.waitFor("here") // the console's first line
		if text, err := os.ReadFile(typed); err != nil || !strings.HasPrefix(string(text), "sesame\n") {
			t.Errorf("%s: the plugin got %q, %v", mode, text, err)
		}
		s.left(t)
		if strings.Contains(strings.ReplaceAll(s.written()[opened:], "said: Password", ""), "Password") { // only the console's report of the second question may contain the word
			t.Errorf("%s: the plugin wrote to the console's screen", mode)
		}
	}
}

func TestWhatAPluginSaysUnderTheScreenBecomesPartOfTheError(t *testing.T) {
	t.Parallel() // the test mostly waits
	asked := filepath.Join(t.TempDir(), "asked")
	once := "echo >>" + asked + `; [ "$(wc -l <` + asked + ")\" -eq 1 ] || { echo 'your session has expired' >&2; exit 3; }; echo '" +
		strings.Replace(credentials, `"token"`, `"expirationTimestamp":"2020-01-01T00:00:00Z","token"`, 1) + "'"
	config := writeKubeconfig(t, startRefusingAPI(t), plugin(once))
	s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary)
	s.waitFor("\x1b[?1049h")
	s.sees(80, 24, "it said: your session has expired")
	s.left(t)
}

// Without standard input a plugin still finds the terminal as /dev/tty, and would read from it whatever is typed.
func TestAPluginThatIsAskedAgainUnderTheScreenFindsNoTerminal(t *testing.T) {
	t.Parallel() // the test mostly waits
	config := writeKubeconfig(t, startRefusingAPI(t), plugin("(: </dev/tty) 2>/dev/null || { echo 'nobody can be asked here' >&2; exit 3; }; echo '"+credentials+"'"))
	s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary)
	s.waitFor("\x1b[?1049h")
	s.waitFor("said: nobody can be asked here")
	s.left(t)
}

func TestAPluginThatFailsBeforeTheScreenOpensIsHeardOnTheTerminal(t *testing.T) {
	t.Parallel() // the test mostly waits
	config := writeKubeconfig(t, startRefusingAPI(t), plugin("echo nobody is logged in >&2; exit 3"))
	s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary)
	s.waitFor("nobody is logged in")
	s.waitFor("\x1b[?1049h")
	s.waitFor("it said: nobody is logged in") // the error contains what the plugin says under the screen
	s.left(t)
}

func TestWhatAPluginThatWorksSaysUnderTheScreenIsToldThere(t *testing.T) {
	t.Parallel() // the test mostly waits
	asked := filepath.Join(t.TempDir(), "asked")
	warning := "echo >>" + asked + `; [ "$(wc -l <` + asked + `)" -eq 1 ] || echo 'W: the password ends soon' >&2; echo '` +
		strings.Replace(credentials, `"token"`, `"expirationTimestamp":"2020-01-01T00:00:00Z","token"`, 1) + "'"
	config := writeKubeconfig(t, startRefusingAPI(t), plugin(warning))
	s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary)
	s.waitFor("\x1b[?1049h")
	s.sees(80, 24, "the credential plugin said: W: the password ends soon")
	s.press("?")
	s.sees(80, 24, "what the credential plugin said")
	s.press("q")
	s.left(t)
}
