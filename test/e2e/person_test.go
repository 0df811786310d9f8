//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// How the requests that shop/client makes all the time look at the left of the screen: in the console, which first shows names,
// and as tcpdump writes them.
const (
	traffic    = " > web.shop.svc.80: Flags [P.]"
	rawTraffic = " > 10.96.0.80.80: Flags [P.]"
)

// console is podtracer's console in a terminal, used by a person.
type console struct{ *terminal }

// openConsole runs kubectl exec -it debug-pod -- podtracer, and waits until the list of pods is live.
func (d debugPod) openConsole(t *testing.T, columns, rows int, args ...string) console {
	t.Helper()
	c := console{d.openTerminal(t, columns, rows, append([]string{"podtracer"}, args...)...)}
	c.shows("● live", "q quit")
	return c
}

// openTerminal starts a command in the debug pod, in a terminal.
func (d debugPod) openTerminal(t *testing.T, columns, rows int, argv ...string) *terminal {
	t.Helper()
	return openTerminal(t, columns, rows, append([]string{"kubectl", "exec", "-it", "-n", debugNamespace, string(d), "--"}, argv...)...)
}

// filters types into the filter and keeps the text.
func (c console) filters(text string) {
	c.t.Helper()
	c.press("/", "C-u")
	c.types(text)
	c.press("Enter")
}

// chooses moves the cursor to a pod, given as namespace/name.
func (c console) chooses(pod string) {
	c.t.Helper()
	c.filters(pod)
	_, name, _ := strings.Cut(pod, "/")
	c.until(glance, "the cursor on "+pod, func(screen string) bool {
		return regexp.MustCompile(`▸ (\S+[ /]+)?` + regexp.QuoteMeta(name) + ` `).MatchString(screen)
	})
}

// opensForm opens the form for a pod and chooses a tool in it.
func (c console) opensForm(pod, tool string) {
	c.t.Helper()
	c.chooses(pod)
	c.press("Enter")
	c.shows("run in " + pod)
	c.press("Home")
	c.shows("▸ tcpdump ")
	for range 20 {
		selected := c.row("▸ ")
		if strings.Contains(selected, "▸ "+tool+" ") {
			return
		}
		c.press("Down")
		c.until(glance, "the next tool chosen", func(screen string) bool { return !strings.Contains(screen, selected[:20]) })
	}
	c.t.Fatalf("no tool %s in the form\n%s", tool, framed(c.screen()))
}

// starts runs a tool in a pod, with these arguments.
func (c console) starts(pod, tool, arguments string) {
	c.t.Helper()
	c.opensForm(pod, tool)
	c.press("Tab", "C-e", "C-u")
	c.types(arguments)
	c.press("Enter")
	c.shows("s save", pod)
}

// number waits for a number on the screen, written as podtracer writes it: 1,204.
func (c console) number(pattern string) int {
	c.t.Helper()
	var found []string
	like := regexp.MustCompile(strings.ReplaceAll(pattern, "N", `([\d,]+)`))
	c.until(glance, fmt.Sprintf("showing something like %q", pattern), func(screen string) bool {
		found = like.FindStringSubmatch(screen)
		return found != nil
	})
	n, err := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// saves saves the run on the screen to a path.
func (c console) saves(path string) {
	c.t.Helper()
	c.entersPath(path)
	c.shows("saved ", "sha256")
}

// entersPath replaces the proposed path.
func (c console) entersPath(path string) {
	c.t.Helper()
	c.press("s")
	c.shows("enter saves", "/var/lib/podtracer/") // the manifests set this directory
	c.press("C-e", "C-u")
	c.types(path)
	c.shows(path)
	c.press("Enter")
}
