//go:build e2e

package e2e

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Ways in which a credential plugin asks for a password.
const (
	asksNothing  = ""
	asksTerminal = "printf 'Password: ' >/dev/tty || exit 3; read p </dev/tty; [ \"$p\" = x ] || exit 4"
	asksInput    = "printf 'Password: ' >&2; read p; [ \"$p\" = x ] || exit 4"
)

// logsIn makes a plugin the only way to log in from the laptop. It gives this status of an ExecCredential.
func (l *laptop) logsIn(asks, mode string, status map[string]string) {
	l.t.Helper()
	config := filepath.Join(l.dir, "kubeconfig")
	text, err := json.Marshal(map[string]any{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status})
	if err == nil {
		err = os.WriteFile(filepath.Join(l.dir, "credential.json"), text, 0o644)
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(l.plugin()), 0o755)
	}
	if err == nil {
		err = os.WriteFile(l.plugin(), []byte("#!/bin/sh\necho >>$HOME/plugin-runs\n"+asks+"\ncat $HOME/credential.json\n"), 0o755)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	kubectl(l.t, "--kubeconfig", config, "config", "set-credentials", "asked", "--exec-command="+l.plugin(),
		"--exec-api-version=client.authentication.k8s.io/v1", "--exec-interactive-mode="+mode)
	kubectl(l.t, "--kubeconfig", config, "config", "set-context", "podtracer", "--user=asked")
	if out, err := exec.Command("chown", "-R", "65534:65534", l.dir).CombinedOutput(); err != nil {
		l.t.Fatalf("%v: %s", err, out)
	}
}

func (l *laptop) plugin() string { return filepath.Join(l.dir, "bin", "ask") }

// pluginRuns is how many times the plugin has been run since this was asked last.
func (l *laptop) pluginRuns() int {
	l.t.Helper()
	path := filepath.Join(l.dir, "plugin-runs")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// typed starts podtracer in a terminal of the laptop's.
func (l *laptop) typed(columns, rows int, args ...string) *terminal {
	l.t.Helper()
	c := l.podtracer(l.t.Context(), append([]string{"--helper-image", helperImage, "--helper-pull-policy", "Never", "--helper-label", "e2e=" + l.label}, args...)...)
	return openTerminal(l.t, columns, rows, slices.Concat([]string{"env", "-C", l.dir, "-i", "TERM=xterm-256color", "LANG=C.UTF-8"}, c.Env, c.Args)...)
}

// aToken is the credential of somebody who may do everything.
func aToken(t *testing.T, name string) map[string]string {
	t.Helper()
	u := newPoorUser(t, name, rbacv1.PolicyRule{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}})
	return map[string]string{"token": kubectl(t, "--kubeconfig", u.config, "config", "view", "--raw", "-o", "jsonpath={.users[0].user.token}")}
}

// aCertificate is the credential of the tests themselves.
func aCertificate(t *testing.T) map[string]string {
	t.Helper()
	status := map[string]string{}
	for key, field := range map[string]string{"clientCertificateData": "client-certificate-data", "clientKeyData": "client-key-data"} {
		encoded := kubectl(t, "config", "view", "--raw", "--flatten", "-o", "jsonpath={.users[0].user."+field+"}")
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		status[key] = string(text)
	}
	return status
}

// Requests, watches and execs are all made with what the plugin gave once.
func TestACredentialPluginIsRunOnceForAllConnections(t *testing.T) {
	t.Parallel()
	token := aToken(t, "once")
	for name, c := range map[string]struct {
		asks, mode string
		gives      map[string]string
	}{
		"it asks nothing and gives a token":                     {asksNothing, "Never", token},
		"it asks at the terminal and gives a token":             {asksTerminal, "IfAvailable", token},
		"it asks at the terminal and gives a certificate":       {asksTerminal, "Always", aCertificate(t)},
		"it asks on its standard input and gives a certificate": {asksInput, "IfAvailable", aCertificate(t)},
		"it asks at the terminal although it says never":        {asksTerminal, "Never", token},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLaptop(t, "once-"+strconv.Itoa(len(name)), apiServer(t))
			l.logsIn(c.asks, c.mode, c.gives)
			term := l.typed(120, 30, "run", "--pod", "shop/web", "--", "ip", "-br", "addr")
			if c.asks != asksNothing {
				term.showsWithin(patience, "Password:")
				term.types("x")
				term.press("Enter")
			}
			term.showsWithin(patience, podIP(t, "shop/web"), "it ended with 0")
			if n := l.pluginRuns(); n != 1 {
				t.Errorf("the plugin was run %d times%s", n, framed(term.screen()))
			}
			noHelperOf(t, l.label)
		})
	}
}

func TestACredentialPluginIsRunOnceForAConsoleAndNeverAsksUnderItsScreen(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "once-console", apiServer(t))
	l.logsIn(asksTerminal, "IfAvailable", aCertificate(t))
	c := console{l.typed(120, 30)}
	c.showsWithin(patience, "Password:")
	c.types("x")
	c.press("Enter")
	c.showsWithin(patience, "● live", "q quit")
	c.starts("shop/web", "any command", "ip -br addr")
	c.showsWithin(patience, podIP(t, "shop/web"), "ended: exit 0")
	if n := l.pluginRuns(); n != 1 || strings.Contains(c.screen(), "Password") {
		t.Errorf("the plugin was run %d times%s", n, framed(c.screen()))
	}
	c.press("Escape")
	c.shows("● live")
	c.press("q")
	c.ends(0)
	noHelperOf(t, l.label)
}

// A command that asks the cluster several times logs in once.
func TestACredentialPluginIsRunOnceToFetchWhatADetachedRunHasWritten(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "once-get", apiServer(t))
	l.logsIn(asksNothing, "IfAvailable", aCertificate(t))
	place := strings.TrimSpace(l.run("--detach", "--", "echo", "hello").succeeds(t).stdout)
	if n := l.pluginRuns(); n != 1 {
		t.Errorf("run ran the plugin %d times", n)
	}
	l.says("get", place, "hello.txt").succeeds(t)
	if n := l.pluginRuns(); n != 1 {
		t.Errorf("get ran the plugin %d times", n)
	}
	noHelperOf(t, l.label)
}
