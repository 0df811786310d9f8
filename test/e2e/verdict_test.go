//go:build e2e

package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// littleRoom is a small kernel buffer and short packets; packets that find no room in the buffer are dropped.
const littleRoom = "-B 64 -s 128"

// flooded makes a pod to capture in: in the pods of other tests, a flood would disturb those tests.
func flooded(t *testing.T, name string) string {
	t.Helper()
	start(t, workload("flooded-"+name))
	return namespace + "/flooded-" + name
}

// dropsPackets stops a tcpdump of the debug pod while a bounded number of packets comes to its pod, as fast as they can from the
// same node, and then lets it continue.
func (d debugPod) dropsPackets(t *testing.T, pod, command string) {
	t.Helper()
	d.isRunning(t, command)
	d.kills(t, "STOP", command)
	leastPrivilege.in(t, "shop/two", "ping", "-f", "-c", "4000", "-s", "200", podIP(t, pod)).succeeds(t)
	d.kills(t, "CONT", command)
}

func TestTheHeaderShowsCountersAndTheVerdictAndSavingTellsTheSum(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		t.Run(itoa(size[0])+"x"+itoa(size[1]), func(t *testing.T) {
			t.Parallel()
			c := leastPrivilege.openConsole(t, size[0], size[1])
			c.starts("shop/client", "tcpdump", "-i eth0 -n tcp port 80")
			c.shows(traffic)
			c.until(glance, "with rates, counters and a verdict", func(screen string) bool {
				return regexp.MustCompile(`(?m)[▁▂▃▄▅▆▇█] +[\d,]+/s +[\d.]+ [kM]?bit/s +received (by filter )?[\d,]+ +0 dropped +complete *$`).MatchString(screen)
			})
			c.press("r")
			c.until(glance, "listing the capture as complete", func(screen string) bool {
				return regexp.MustCompile(`tcpdump +shop/client .* complete +● running`).MatchString(screen)
			})
			c.press("Enter", "x")
			c.shows("ended: stopped, complete")
			path := "/tmp/e2e-" + mark + "-sum-" + itoa(size[0]) + ".pcapng"
			said := c.savesAndTells(path)
			if row := c.row("saved "); !strings.HasSuffix(strings.TrimSpace(row), ", complete") {
				t.Errorf("the row does not say that the capture is complete: %q", row)
			}
			if sum, _, _ := strings.Cut(leastPrivilege.exec(t, "sha256sum", path).succeeds(t).stdout, " "); sum != said {
				t.Errorf("the checksum is %s, the console says %q", sum, said)
			}
			if n, kept := c.number(`saved N packets?`), len(packetsIn(t, leastPrivilege, path)); n != kept {
				t.Errorf("the console says %d packets, the file has %d", n, kept)
			}
			c.press("r")
			c.shows("complete   ■ stopped")
			c.press("q")
			c.ends(0)
		})
	}
}

func TestQuittingAsksAboutACaptureThatWasNotSaved(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts("shop/client", "tcpdump", "-i eth0 -n -c 20 tcp port 80")
	c.shows("ended: exit 0, complete")
	c.press("q")
	c.shows("1 capture was not saved: 20 packets", "Quit anyway?", "y yes")
	c.press("n")
	c.hidesWithin(glance, "Quit anyway?")
	c.saves("/tmp/e2e-" + mark + "-asked.pcapng")
	c.press("q")
	c.ends(0)
}

func TestDropsInTheConsoleTurnTheVerdictToIncompleteWithCountAndTime(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		t.Run(itoa(size[0])+"x"+itoa(size[1]), func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "drops-"+itoa(size[0]))
			pod := flooded(t, itoa(size[0]))
			c := d.openConsole(t, size[0], size[1])
			c.starts(pod, "tcpdump", "-i eth0 -n "+littleRoom+" icmp")
			c.until(glance, "complete so far", func(screen string) bool { return strings.Contains(screen, " complete") })
			before := time.Now()
			d.dropsPackets(t, pod, "tcpdump -i eth0 -B 64 -s 128 --immediate-mode")
			incomplete := regexp.MustCompile(`INCOMPLETE: ([\d,]+) .*since (\d\d:\d\d:\d\d)`)
			c.until(glance, "incomplete, with count and time", func(screen string) bool {
				found := incomplete.FindStringSubmatch(screen)
				if found == nil {
					return false
				}
				count, err := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
				return err == nil && count >= 500 // of the 8000 that were sent
			})
			since, err := time.Parse(time.TimeOnly, incomplete.FindStringSubmatch(c.screen())[2])
			if seconds := since.Sub(onTheClock(before.UTC())).Seconds(); err != nil || seconds < -1 || seconds > 20 {
				t.Errorf("since %v, after it began at %v", since, before)
			}
			c.press("x")
			c.shows("ended: stopped, INCOMPLETE", "INCOMPLETE: ")
			path := "/tmp/drops.pcapng"
			c.saves(path)
			c.shows("INCOMPLETE")
			c.press("r")
			c.shows("INCOMPLETE ✗ stopped")
			c.press("q")
			c.ends(0)
			// The file itself tells whoever gets it that packets are missing.
			local := d.copyOut(t, path)
			if r := command(t, "capinfos", local).succeeds(t); !strings.Contains(r.stdout, "INCOMPLETE") {
				t.Errorf("the file does not say what is missing%s", r)
			}
		})
	}
}

// onTheClock drops the day from a time.
func onTheClock(t time.Time) time.Time {
	return time.Date(0, 1, 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func TestDropsInAScriptEndWith74AndTheVerdict(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "drops-run")
	_, pod, _ := strings.Cut(flooded(t, "run"), "/")
	ended := make(chan result, 1)
	go func() {
		ended <- d.run(t, "--pod", pod, "-n", namespace, "-t", "12s", "-f", "/tmp/drops.pcapng", "--report", "/tmp/drops.json", "--",
			"tcpdump", "-i", "eth0", "-n", "-B", "64", "-s", "128", "icmp")
	}()
	d.dropsPackets(t, namespace+"/"+pod, "tcpdump")
	r := (<-ended).ends(t, 74).says(t, "podtracer: INCOMPLETE: ", "packets", "since ", "saved ", "-B 65536 makes its buffer larger")
	report := d.report(t, "/tmp/drops.json")
	if report.Exit.Status != 74 || report.Verdict == nil || report.Verdict.Complete || len(report.Verdict.Losses) != 1 || len(report.Files) != 1 {
		t.Fatalf("the report is %+v", report)
	}
	loss := report.Verdict.Losses[0]
	if loss.Kind != "kernel-drops" || loss.Count < 500 || loss.Since.IsZero() || *report.Counters.DroppedByKernel != loss.Count {
		t.Errorf("the loss is %+v%s", loss, r)
	}
	if n := len(packetsIn(t, d, "/tmp/drops.pcapng")); n != report.Files[0].Packets {
		t.Errorf("%d packets in the file, %d in the report", n, report.Files[0].Packets)
	}
}
