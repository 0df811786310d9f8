package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withAnotherContext adds to a kubeconfig a context named there.
func withAnotherContext(t *testing.T, config string) {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	const here = `"contexts":[`
	text = []byte(strings.Replace(string(text), here, here+`{"name":"there","context":{"cluster":"c","user":"u"}},`, 1))
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestALineOfTheConsoleNamesTheClusterThatIsOnTheScreen(t *testing.T) {
	t.Parallel() // the test mostly waits
	config := writeKubeconfig(t, startForbiddingAPI(t), `"token":"geheim"`)
	withAnotherContext(t, config)
	const columns, rows = 240, 40
	s := onTerminalOf(t, columns, rows, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary, "--as", "anna", "--helper-idle", "5m")
	s.sees(columns, rows, "podtracer run --as anna --helper-idle 5m0s --pod NAME only needs")
	s.press("c")
	s.sees(columns, rows, "here (this one)", "there")
	s.press("there\r")
	s.sees(columns, rows, "podtracer run --context there --as anna --helper-idle 5m0s --pod NAME only needs")
	s.press("q")
	s.left(t)
}

func TestALineOfKubectlsPluginIsOneForKubectl(t *testing.T) {
	t.Parallel() // the test mostly waits
	plugin := filepath.Join(t.TempDir(), "kubectl-podtracer")
	if err := os.Symlink(binary, plugin); err != nil {
		t.Fatal(err)
	}
	config := writeKubeconfig(t, startForbiddingAPI(t), `"token":"geheim"`)
	const columns, rows = 240, 40
	s := onTerminalOf(t, columns, rows, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, plugin, "--context", "here", "--token", "secret")
	s.sees(columns, rows, "kubectl podtracer run --context here --token TOKEN --pod NAME only needs")
	s.press("q")
	s.left(t)
}

func TestALineOfTheDemoIsOneForTheDemo(t *testing.T) {
	needNamespaces(t)
	t.Parallel() // the test mostly waits
	s := onTerminal(t, nil, binary, "demo", "--context", "elsewhere")
	s.sees(80, 24, "client-0", "● live")
	s.press("\r")
	s.sees(80, 24, "without the console", "podtracer demo run --pod")
	s.press("\x1b")
	s.sees(80, 24, "● live")
	s.press("q")
	s.left(t)
}
