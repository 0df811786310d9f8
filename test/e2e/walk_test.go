//go:build e2e

package e2e

import (
	"testing"
)

// openFreshConsole opens a console without favourites, and without pods that other tests have used.
func (d debugPod) openFreshConsole(t *testing.T, columns, rows int) console {
	t.Helper()
	return d.openConsole(t, columns, rows, "--data-dir", "/tmp/e2e-"+mark+"-"+itoa(columns))
}

func TestAServiceIsFoundByItsAddressAndAPodsDetailsAreReadInItsNamespace(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		c := leastPrivilege.openFreshConsole(t, size[0], size[1])
		c.press("/")
		c.types("10.96.0.80")
		c.shows("shop/web", "service", "1 of ")
		c.press("C-u")
		c.types("no-such-pod-anywhere")
		c.shows("no pod matches")
		c.press("Escape")
		c.chooses("shop/client")
		if size[0] < 100 {
			c.press("i")
		}
		c.shows("containers", "eth0  mtu 1,")
		if size[0] < 100 {
			c.press("End")
		}
		c.shows("default via ", "events")
		c.press("Escape", "Escape", "q")
		c.ends(0)
	}
}

func TestOneToolInTwoMarkedPodsIsOneOutputAndEachAlone(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		c := leastPrivilege.openFreshConsole(t, size[0], size[1])
		c.chooses("shop/client")
		c.press("Space")
		c.chooses("shop/two")
		c.press("Space")
		c.shows("2 marked")
		c.press("Enter")
		c.shows("run in 2 pods")
		c.press("End", "Tab")
		c.types(`sh -c "for i in 1 2 3; do echo hello \$i; sleep 0.2; done"`)
		c.press("Enter")
		c.shows("sh in 2 pods", "client hello 3", "two    hello 3")
		c.press("r")
		c.shows("2 pods", "shop/client", "shop/two")
		c.press("v")
		c.shows("hello 3")
		c.press("q")
		c.ends(0)
	}
}

func TestACaptureIsATableOfPacketsAndOfTalkersAndAPacketIsTakenApart(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		c := leastPrivilege.openFreshConsole(t, size[0], size[1])
		c.starts("shop/client", "tcpdump", "-i eth0 -n tcp port 80")
		c.shows(traffic)
		c.press("Tab")
		c.shows("▸packets", "PROTO", "GET / HTTP/1.0")
		c.press("k", "Enter")
		c.shows("IPv4", "0000", "bytes ")
		c.press("Escape", "Tab")
		c.shows("▸talkers", "SHAKE", "TCP")
		c.press("x")
		c.shows("ended: ", "complete")
		c.press("q", "y")
		c.ends(0)
	}
}

func TestAPresetIsTakenItsFilterCheckedInThePodAndAMistakeSaid(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openFreshConsole(t, 80, 24)
	c.opensForm("shop/client", "tcpdump")
	c.press("p")
	c.types("resets")
	c.shows("▸ connections that fail to establish  resets")
	c.press("Enter")
	c.shows("filter ok")
	c.press("C-e")
	c.types(" and and") // a single word may be the name of a host, which must not be looked up in the pod while it is typed
	c.shows("× ")
	c.press("Escape", "q")
	c.ends(0)
}

func TestAShellHasTheWholeTerminalInThePodsNetworkAndTheConsoleComesBack(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openFreshConsole(t, 80, 24)
	c.opensForm("shop/client", "bash")
	c.press("Enter")
	c.shows("shop/client #")
	c.types("ip -br -4 address show eth0")
	c.press("Enter")
	c.shows(podIP(t, "shop/client") + "/")
	c.types("exit")
	c.press("Enter")
	c.shows("ended: ", "whole terminal")
	c.press("q")
	c.ends(0)
}
