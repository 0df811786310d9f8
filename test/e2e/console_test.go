//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// packetLine matches the beginning of each packet in tcpdump's output.
var packetLine = regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{6} `)

// The main use, once with each debug pod: choose a pod, capture, watch and save; the file holds what the person saw.
func TestAPersonCapturesTrafficThroughAServiceAndSavesWhatTheySaw(t *testing.T) {
	t.Parallel()
	for pod, size := range map[debugPod][2]int{leastPrivilege: {80, 24}, privileged: {150, 45}} {
		t.Run(string(pod), func(t *testing.T) {
			t.Parallel()
			c := pod.openConsole(t, size[0], size[1])
			c.opensForm("shop/client", "tcpdump")
			c.shows("will run", "packets, saved as a capture")
			c.press("Tab", "C-e", "C-u")
			c.types("-i eth0 -n tcp port 80")
			c.shows("tcpdump -i eth0 ", "tcp port 80") // the command that will run
			c.press("Enter")
			c.shows("tcpdump  shop/client", traffic)
			c.press("Right", "Right", "Right", "Right", "Right", "Right")
			c.shows("HTTP: GET / HTTP/1.0") // at the end of long lines
			c.press("Left", "Left", "Left", "Left", "Left", "Left")
			c.until(glance, "with time, packets and bytes in its header", func(screen string) bool {
				return regexp.MustCompile(`shop/client.* \d\d:\d\d:\d\d… +[\d,]+ packets [\d.]+ k?B`).MatchString(screen)
			})
			c.until(glance, "with 40 packets", func(string) bool { return c.number(`N packets?`) >= 40 })

			c.press("PPage") // scrolling does not change what is saved
			path := "/tmp/e2e-" + mark + "-" + string(pod)
			c.saves(path + "-early.pcap")
			c.shows("so far")
			early := packetsIn(t, pod, path+"-early.pcap")
			if said := c.number(`saved N packets?`); said != len(early) {
				t.Errorf("said %d packets and saved %d", said, len(early))
			}

			c.press("x")
			c.shows("ended: stopped")
			c.saves(path + ".pcap")
			all := packetsIn(t, pod, path+".pcap")
			said, header := c.number(`saved N packets?`), c.number(`\d\d:\d\d +N packets?`)
			if said != len(all) || header != len(all) {
				t.Errorf("saved %d packets, the console's header shows %d, and tcpdump reads %d", said, header, len(all))
			}
			if !slicesEqualPrefix(all, early) {
				t.Error("the file saved during the run is not the beginning of the file saved at the end")
			}
			c.press("a", "a") // tcpdump shows addresses
			c.shows(rawTraffic)
			c.press("g")
			time.Sleep(300 * time.Millisecond)
			c.samePackets("first", all[:min(len(all), 10)])
			c.press("G")
			time.Sleep(300 * time.Millisecond)
			c.samePackets("last", all[len(all)-10:])
			c.press("q")
			c.ends(0)
		})
	}
}

// packetsIn reads a capture in the debug pod with tcpdump, one line for each packet.
func packetsIn(t *testing.T, pod debugPod, path string) []string {
	t.Helper()
	r := pod.exec(t, "tcpdump", "-n", "-r", path).succeeds(t)
	var packets []string
	for line := range strings.Lines(r.stdout) {
		if packetLine.MatchString(line) {
			packets = append(packets, strings.TrimRight(line, "\n"))
		}
	}
	if len(packets) == 0 {
		t.Fatalf("no packets in %s%s", path, r)
	}
	return packets
}

func slicesEqualPrefix(all, prefix []string) bool {
	return len(prefix) <= len(all) && strings.Join(all[:len(prefix)], "\n") == strings.Join(prefix, "\n")
}

// samePackets checks that all of these packets are on the screen, one below the other. The screen may cut long lines.
func (c console) samePackets(which string, want []string) {
	c.t.Helper()
	screen := c.screen()
	next := 0
	for line := range strings.Lines(screen) {
		line = strings.TrimRight(strings.TrimPrefix(line, " "), " \n") // the cursor is in the margin
		cut, isCut := strings.CutSuffix(line, "…")
		if next < len(want) && (line == strings.TrimRight(want[next], " ") || isCut && strings.HasPrefix(want[next], cut)) {
			next++
		} else if 0 < next && next < len(want) {
			break
		}
	}
	if next < len(want) {
		c.t.Errorf("the %s packets of the file are not on the screen: missing %q\n%s", which, want[next], framed(screen))
	}
}

func TestSeveralToolsRunAtOnceAndGoOnWhenTheirScreenIsLeft(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts("shop/client", "tcpdump", "-i eth0 -n")
	c.shows(traffic)
	c.press("Escape")
	c.shows("space mark", "● tcpdump")
	c.starts("shop/two", "ping", "127.0.0.1")
	c.shows("icmp_seq=2")
	before := c.number(`icmp_seq=N ttl`)
	c.press("r")
	c.shows("┌─ runs", "▸   2 ping", "tcpdump", "shop/client", "shop/two", "● running")
	packets := c.number(`N packets`)
	c.until(glance, "more packets than at first", func(string) bool { return c.number(`N packets`) > packets })
	c.press("Down", "Enter")
	c.shows("tcpdump  shop/client", traffic)
	c.press("r", "Up", "Enter")
	c.shows("ping  shop/two")
	c.until(glance, "pinging on", func(string) bool { return c.number(`(?s).*icmp_seq=N ttl`) > before+2 })

	c.press("x")
	c.shows("ended: stopped", "packets transmitted") // ping prints its statistics when it is interrupted
	c.press("Escape", "q")
	c.shows("1 tool is still running. Stop it and quit?")
	c.press("n")
	c.hidesWithin(glance, "still running")
	c.press("q", "y")
	c.ends(0)
}

func TestScrollingBackStopsFollowingAndFGoesOn(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts("shop/client", "any command", `sh -c "i=0; while :; do i=\$((i+1)); echo line \$i.; sleep 0.05; done"`)
	c.shows("line 60.", "following")
	c.press("PPage", "PPage")
	c.shows("new lines below · f follow")
	time.Sleep(500 * time.Millisecond) // output for a second page arrives
	still := c.number(`(?m)^.?line N\.`)
	time.Sleep(time.Second)
	if now := c.number(`(?m)^.?line N\.`); now != still {
		t.Errorf("the screen moved from line %d to %d", still, now)
	}
	c.press("NPage")
	c.until(glance, "a page further", func(string) bool { return c.number(`(?m)^.?line N\.`) > still+10 })
	c.press("g")
	c.shows("line 1.")
	c.press("f")
	c.hidesWithin(glance, "line 1.")
	c.shows("following")
	c.saves("/tmp/e2e-" + mark + "-lines.txt")
	text := leastPrivilege.exec(t, "cat", "/tmp/e2e-"+mark+"-lines.txt").succeeds(t)
	for i, line := range strings.Split(strings.TrimRight(text.stdout, "\n"), "\n") {
		if line != "line "+itoa(i+1)+"." {
			t.Fatalf("line %d of the saved text is %q", i+1, line)
		}
	}
	c.press("q", "y")
	c.ends(0)
}

func TestTheQuestionBeforeQuittingIsNotAskedWhenNothingRunsAnyMore(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts("shop/client", "any command", "sleep 3")
	c.shows("── running")
	c.press("q")
	c.shows("1 tool is still running. Stop it and quit?")
	c.hidesWithin(glance, "still running") // whether the console quits or not
}

func TestAToolThatDoesNotStopWhenAskedIsKilledAndThatIsSaid(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts("shop/client", "any command", `sh -c "trap '' INT TERM; echo begun; while :; do sleep 1; done"`)
	c.shows("begun", "── running")
	c.press("x")
	c.shows("── stopping")
	c.shows("stopped; it did not end when asked to and was killed")
	c.press("q")
	c.ends(0)
	leastPrivilege.run(t, "--pod", "client", "-n", "shop", "-t", "1s", "--", "sh", "-c", "trap '' INT TERM; while :; do sleep 1; done").
		ends(t, 74).within(t, noticed).says(t, "its time was up", "was killed")
}

func TestAFileIsReplacedOnlyWhenThePersonSaysSo(t *testing.T) {
	t.Parallel()
	path := "/tmp/e2e-" + mark + "-once.txt"
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts("shop/client", "any command", "echo first")
	c.shows("ended: exit 0")
	c.saves(path)
	c.press("Escape")
	c.starts("shop/client", "any command", "echo second")
	c.shows("ended: exit 0")
	c.entersPath(path)
	c.shows("there is a file of that name: enter replaces it")
	leastPrivilege.exec(t, "cat", path).succeeds(t).prints(t, "first\n")
	c.press("Enter")
	c.shows("saved ")
	leastPrivilege.exec(t, "cat", path).succeeds(t).prints(t, "second\n")
	c.press("q")
	c.ends(0)
}

func TestAHostNetworkPodIsMarkedBeforeAndDuringTheRun(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.opensForm("shop/hostnet", "ip")
	c.shows("no network of its own (hostNetwork)", "node1")
	c.press("Tab", "C-e", "C-u")
	c.types("-br address")
	c.press("Enter")
	c.shows("hostNetwork: this is the network of node node1", "10.250.0.11/24", "ended: exit 0")
	c.press("q")
	c.ends(0)

	leastPrivilege.in(t, "shop/hostnet", "ip", "-br", "address").succeeds(t).prints(t, "10.250.0.11/24").
		says(t, "shop/hostnet has no network namespace of its own", "node1")
}

func TestAToolThatIsNotInstalledIsShownAsSuchAndHowToGetIt(t *testing.T) {
	t.Parallel()
	pod := newDebugPod(t, "bare", func(p *corev1.Pod) {
		writable := false
		p.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem = &writable
	})
	pod.exec(t, "sh", "-c", "rm /usr/bin/dig; chmod -x $(command -v nft)").succeeds(t)
	c := pod.openConsole(t, 80, 24)
	c.opensForm("shop/client", "dig")
	c.shows("dig not installed", "dig is not installed here", "apt-get install bind9-dnsutils")
	c.press("Tab", "C-e", "C-u")
	c.types("web")
	c.press("Enter")
	c.shows("dig is not installed here", "run in shop/client")
	c.press("Escape", "q")
	c.ends(0)

	pod.in(t, "shop/client", "dig", "web").ends(t, 127).says(t, "dig is not installed here", "apt-get install bind9-dnsutils")
	pod.in(t, "shop/client", "nft", "list", "ruleset").ends(t, 126).says(t, "nft cannot be executed", "hint: ")
}

func TestAResizeRedrawsAndTooSmallSaysSo(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.shows("┌─ pods", "NAMESPACE/NAME")
	c.resize(140, 40)
	c.shows("namespaces", "RESTARTS", "IP")
	c.until(glance, "its last line at the bottom", func(screen string) bool {
		lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
		return len(lines) == 40 && strings.Contains(lines[39], "q quit")
	})
	c.resize(50, 12)
	c.shows("too small: podtracer needs", "50x12")
	c.resize(80, 24)
	c.hidesWithin(glance, "too small")
	c.shows("┌─ pods", "q quit")
	c.starts("shop/client", "ping", "127.0.0.1")
	c.shows("icmp_seq")
	c.resize(100, 30)
	c.until(glance, "100 columns wide", func(screen string) bool {
		return regexp.MustCompile(`(?m)^── running .{80,}──$`).MatchString(screen)
	})
	c.press("q", "y")
	c.ends(0)
}

func TestHelpShowsTheKeysAndFitsInto80x24(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.press("?")
	c.shows("┌─ help", "search in all namespaces", "favourite", "quit: all tools", "└──")
	c.press("Escape")
	c.hidesWithin(glance, "┌─ help")
	c.press("q")
	c.ends(0)
}

func TestAnArgumentWithAnOpenQuoteIsSaidInTheForm(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.opensForm("shop/client", "ip")
	c.press("Tab", "C-e", "C-u")
	c.types("addr show 'eth0")
	c.press("Enter")
	c.shows("a quote is not closed", "hint:", "run in shop/client")
	c.types("'")
	c.hidesWithin(glance, "a quote is not closed")
	c.press("Enter")
	c.shows(podIP(t, "shop/client"), "ended: exit 0")
	c.press("q")
	c.ends(0)
}
