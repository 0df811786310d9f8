//go:build unix

// Package program tests podtracer as a program: what it prints, with which status it ends, and what it leaves behind. It needs
// no cluster; the demo's pods are real network namespaces.
package program

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// binary is the path of the program, built once as it is released.
var binary string

func TestMain(m *testing.M) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // programs that are started here do not ignore SIGHUP, even if the test runs under nohup(1)
	dir, err := os.MkdirTemp("", "podtracer-program-")
	if err != nil {
		panic(err)
	}
	_ = os.Chmod(dir, 0o755) // users other than root run the program, too
	binary = filepath.Join(dir, "podtracer")
	build := exec.Command("go", "build", "-o", binary, "../..")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build podtracer:", err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

func TestTheCommandLine(t *testing.T) { runScripts(t, "testdata/cli") }

func TestTheDemosCommandLine(t *testing.T) {
	needNamespaces(t)
	runScripts(t, "testdata/demo")
}

func runScripts(t *testing.T, dir string) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(binary)+":"+os.Getenv("PATH")+":/usr/sbin:/sbin")
			e.Setenv("PODTRACER_DATA_DIR", filepath.Join(e.WorkDir, "data"))
			e.Setenv("KUBECONFIG", filepath.Join(e.WorkDir, "no-kubeconfig"))
			e.Setenv("PODTRACER", binary)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": expectStatus},
	})
}

// expectStatus is the script command `status N COMMAND…`: the command must end with exit status N.
func expectStatus(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if ok := asExit(err, &exit); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d; stderr: %s", got, want, ts.ReadFile("stderr"))
	}
}

func asExit(err error, to **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*to = e
	return ok
}

// needNamespaces skips a test where network namespaces are refused, which `podtracer demo run` finds out.
func needNamespaces(t *testing.T) {
	t.Helper()
	if out, err := tryDemo(); err != nil {
		if strings.Contains(out, "the demo needs network namespaces") {
			t.Skipf("network namespaces are refused here: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
}

var tryDemo = sync.OnceValues(func() (said string, err error) {
	data := filepath.Join(filepath.Dir(binary), "data")
	out, err := exec.Command(binary, "demo", "run", "--data-dir", data, "--pod", "client-0", "--", "true").CombinedOutput()
	return string(out), err
})
