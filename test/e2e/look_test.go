//go:build e2e

package e2e

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Without a tcpdump of its own, a laptop gets the text of packets from the helper: a line of that text freezes the ring.
func TestALaptopWithoutTcpdumpGetsTheTextFromTheHelper(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "notcpdump", apiServer(t))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	run := l.running(ctx, "-t", "60s", "--ring", "16MiB", "--freeze-on", "127.0.0.1", "-f", "frozen.pcapng", "--", "tcpdump", "-n", "-i", "lo", "icmp")
	c := exec.CommandContext(ctx, "unshare", append([]string{
		"-m", "sh", "-c", `mount --bind /dev/null "$(command -v tcpdump)" && exec "$@"`, "sh",
	}, run.Args...)...)
	c.Env, c.Dir = run.Env, run.Dir
	done := make(chan result, 1)
	go func() { done <- l.ended(ctx, c) }() // ends with ctx at the latest
	l.run("--", "ping", "-n", "-c", "20", "-i", "0.5", "127.0.0.1").succeeds(t)
	r := <-done
	r.says(t, "frozen").succeeds(t)
	if strings.Contains(r.stderr, "own") {
		t.Errorf("the helper's tcpdump made no text: %s", r.stderr)
	}
}

func TestTheDetailsOfAPodOfAnotherNodeHaveItsNetworkOnceAHelperIsThere(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "look", mayMakeHelpers(t))
	c := d.openConsole(t, 160, 45)
	c.chooses("shop/web")
	c.shows("the network cannot be read yet", "no helper on node node2", "the first tool that you start")
	if got := helpersOf(t, string(d)); len(got) > 0 {
		t.Errorf("a look has made %v", got)
	}
	c.starts("shop/web", "ping", "-n 127.0.0.1")
	c.shows("bytes from 127.0.0.1")
	c.press("Escape")
	c.chooses("shop/web")
	c.shows("eth0  mtu", podIP(t, "shop/web")+"/")
	c.press("q")
}

// A person reads times in their own time zone, wherever the tool runs.
func TestAToolOnAnotherNodeWritesTimesOfTheLaptop(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "zone", apiServer(t))
	c := l.running(t.Context(), "--", "date", "+%z")
	c.Env = append(c.Env, "TZ=Asia/Kolkata")
	if r := l.ended(t.Context(), c).succeeds(t); r.stdout != "+0530\n" {
		t.Errorf("it is in another time zone%s", r)
	}
}

// A tool with a whole terminal draws on the person's, whatever the helper's container was started with.
func TestAWholeTerminalOnAnotherNodeIsThePersons(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "term", apiServer(t))
	for _, c := range []struct{ term, there string }{{"tmux-256color", "tmux-256color"}, {"xterm-of-nobody", "xterm-256color"}} {
		run := l.running(t.Context(), "--", "bash", "--norc")
		argv := slices.Concat([]string{"env", "-i", "LANG=C.UTF-8"}, run.Env, []string{"TERM=" + c.term}, run.Args)
		term := openTerminal(t, 100, 30, argv...)
		term.until(patience, "a prompt", func(screen string) bool { return strings.Contains(screen, "shop/web #") })
		term.types(`echo "it is $TERM"; clear; mtr -n 127.0.0.1`)
		term.press("Enter")
		term.until(patience, "mtr to draw", func(screen string) bool {
			return strings.Contains(screen, "Packets") && strings.Contains(screen, "Loss%")
		})
		term.press("q")
		term.types("echo it is $TERM")
		term.press("Enter")
		term.until(patience, "its name", func(screen string) bool { return strings.Contains(screen, "it is "+c.there) })
		term.types("exit")
		term.press("Enter")
	}
	noHelperOf(t, l.label)
}
