//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// result is the result of a command.
type result struct {
	command        string
	stdout, stderr string
	code           int
	took           time.Duration
}

// patience is the longest that a single command may take; a test that expects a command to be quicker says so.
const patience = 90 * time.Second

// command runs a command on this machine.
func command(t *testing.T, argv ...string) result {
	t.Helper()
	return commandWithInput(t, nil, argv...)
}

func commandWithInput(t *testing.T, stdin io.Reader, argv ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Stdin = stdin
	return ended(ctx, t, c)
}

// ended runs a command to its end. The command ends with ctx at the latest.
func ended(ctx context.Context, t *testing.T, c *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	begin := time.Now()
	err := c.Run()
	r := result{strings.Join(c.Args, " "), stdout.String(), withoutKubectl(stderr.String()), c.ProcessState.ExitCode(), time.Since(begin)}
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v%s", r.command, err, r)
	}
	return r
}

// shell runs a script as a person would type it. PODTRACER stands for podtracer in the debug pod.
func shell(t *testing.T, script string) result {
	t.Helper()
	return command(t, "bash", "-c", "set -o pipefail; "+strings.ReplaceAll(script, "PODTRACER", "kubectl exec -n "+debugNamespace+" debug-pod -- podtracer"))
}

// withoutKubectl removes messages of kubectl exec itself.
func withoutKubectl(stderr string) string {
	var kept strings.Builder
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "command terminated with exit code") && !strings.HasPrefix(line, "Defaulted container") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func (r result) String() string {
	return "\n  stdout: " + indent(shorten(r.stdout)) + "\n  stderr: " + indent(shorten(r.stderr))
}

func shorten(s string) string {
	const most = 4000
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

func indent(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n          ") }

// ends checks the exit status.
func (r result) ends(t *testing.T, code int) result {
	t.Helper()
	if r.code != code {
		t.Errorf("%s\nended with %d, not %d%s", r.command, r.code, code, r)
	}
	return r
}

// succeeds checks that the exit status is 0.
func (r result) succeeds(t *testing.T) result {
	t.Helper()
	return r.ends(t, 0)
}

// prints looks for texts in the standard output.
func (r result) prints(t *testing.T, texts ...string) result {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.stdout, text) {
			t.Errorf("%s\ndid not print %q%s", r.command, text, r)
		}
	}
	return r
}

// says looks for texts in the standard error.
func (r result) says(t *testing.T, texts ...string) result {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("%s\ndid not say %q%s", r.command, text, r)
		}
	}
	return r
}

// refuses checks that podtracer could not run the tool: 125, the reason, a hint, and a clean standard output.
func (r result) refuses(t *testing.T, reasons ...string) result {
	t.Helper()
	r.ends(t, 125).says(t, append(reasons, "podtracer: ", "hint: ")...)
	if r.stdout != "" {
		t.Errorf("%s\nwrote to its standard output%s", r.command, r)
	}
	return r
}

// within checks how long the command took.
func (r result) within(t *testing.T, most time.Duration) result {
	t.Helper()
	if r.took > most {
		t.Errorf("%s\ntook %v, more than %v%s", r.command, r.took.Round(time.Millisecond), most, r)
	}
	return r
}
