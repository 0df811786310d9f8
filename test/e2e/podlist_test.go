//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// live is how soon the list must show a change of the API.
const live = time.Second

// This test runs alone, because it measures a time.
func TestAPodThatComesChangesAndGoesShowsWithinASecondAndNoKeyIsPressed(t *testing.T) {
	c := leastPrivilege.openConsole(t, 80, 24, "-n", namespace)
	c.shows("pods in " + namespace)
	create(t, workload("comet", once, runs("sleep 2; exit 0")))
	t.Logf("appeared after %v", c.showsWithin(live, "comet"))
	c.until(glance, "Running", func(string) bool { return strings.Contains(c.row("comet"), " 1/1 Running ") })
	kubectl(t, "wait", "-n", namespace, "pod/comet", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=30s")
	t.Logf("changed after %v", c.until(live, "Completed", func(string) bool { return strings.Contains(c.row("comet"), " 0/1 Completed ") }))
	kubectl(t, "delete", "pod", "-n", namespace, "comet", "--wait=true")
	t.Logf("went after %v", c.hidesWithin(live, "comet"))
	c.press("q")
	c.ends(0)
}

func TestANamespaceThatComesAndGoesShowsToo(t *testing.T) {
	t.Parallel()
	other := namespace + "-other"
	c := leastPrivilege.openConsole(t, 140, 30)
	c.shows("namespaces", "shop")
	kubectl(t, "create", "namespace", other)
	c.shows(other)
	kubectl(t, "delete", "namespace", other)
	c.hidesWithin(glance, other)
	c.press("q")
	c.ends(0)
}

func TestAPodThatCrashesShowsItsRestarts(t *testing.T) {
	t.Parallel()
	create(t, workload("crasher", runs("exit 3")))
	c := leastPrivilege.openConsole(t, 140, 30, "-n", namespace)
	c.until(time.Minute, "crashing", func(screen string) bool {
		return regexp.MustCompile(`crasher +0/1 CrashLoopBackOff +[1-9] here`).MatchString(screen)
	})
	c.press("q")
	c.ends(0)
}

func TestTheListTellsPodsOfThisNodeFromThoseElsewhere(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 140, 40)
	c.shows("NAME ", "READY", "STATUS", "RESTARTS", "NODE", "IP", "AGE", "node node1", "shop")
	for name, want := range map[string]string{
		"client ":  `client +1/1 Running +\d+ here +` + regexp.QuoteMeta(podIP(t, "shop/client")) + ` +\d+[smhd]`,
		"web ":     `web +1/1 Running +\d+ node2 +` + regexp.QuoteMeta(podIP(t, "shop/web")) + ` +\d+[smhd]`,
		"two ":     `two +2/2 Running +\d+ here `,
		"done ":    `done +0/1 Completed +\d+ here `,
		"pending ": `pending +0/1 Pending +\d+ - +- `,
		"hostnet ": `hostnet +1/1 Running +\d+ here +10\.250\.0\.11 `,
	} {
		if row := c.row(name); !regexp.MustCompile(want).MatchString(row) {
			t.Errorf("the row is not %q: %q", want, row)
		}
	}
	if n := c.number(`N here`); n < 6 {
		t.Errorf("%d pods here", n)
	}
	c.filters("here")
	c.hidesWithin(glance, "node2")
	c.shows("hostnet")
	c.press("q")
	c.ends(0)
}

func TestTheFilterNarrowsTheListAsOneTypes(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.shows("shop/iperf", "shop/web")
	c.press("/")
	c.types("shop/ip")
	c.hidesWithin(glance, "shop/web")
	c.shows("shop/iperf", "1 of ")
	c.types("xyz")
	c.shows("no pod matches: shop/ipxyz")
	c.press("Escape")
	c.shows("shop/web", "shop/iperf")
	c.press("q")
	c.ends(0)
}

func TestArrowsAndLettersMoveAndTabSwitchesPanes(t *testing.T) {
	t.Parallel()
	// Pods that other tests have used would be listed first.
	c := leastPrivilege.openConsole(t, 80, 24, "-n", "shop", "--data-dir", "/tmp/e2e-"+mark+"-nobody")
	c.shows("pods in shop", "▸ client")
	c.press("Down")
	c.shows("▸ done")
	c.press("j")
	c.shows("▸ hostnet")
	c.press("k")
	c.shows("▸ done")
	c.press("Up")
	c.shows("▸ client")
	c.press("Tab")
	c.shows("┌─ namespaces", "▸ shop")
	c.press("k")
	c.shows("▸ podtracer")
	c.press("Tab")
	c.shows("┌─ pods in podtracer", "debug-pod-privileged")
	c.press("Tab", "g", "Enter")
	c.shows("┌─ pods ─", "shop/web")
	c.press("q")
	c.ends(0)
}

func TestThePodUnderTheCursorStaysWhenOthersComeAndGo(t *testing.T) {
	t.Parallel()
	start(t, workload("steady-m"))
	c := leastPrivilege.openConsole(t, 80, 24, "-n", namespace)
	c.filters("steady-")
	c.shows("▸ " + namespace + "/steady-m")
	create(t, workload("steady-a"))
	c.shows("  "+namespace+"/steady-a", "▸ "+namespace+"/steady-m")
	kubectl(t, "delete", "pod", "-n", namespace, "steady-a", "--now")
	c.hidesWithin(glance, "steady-a")
	c.shows("▸ " + namespace + "/steady-m")
	c.press("q")
	c.ends(0)
}
