//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// opens opens a console on the laptop.
func (l *laptop) opens(columns, rows int) console {
	l.t.Helper()
	c := l.podtracer(l.t.Context(), "--helper-image", helperImage, "--helper-pull-policy", "Never", "--helper-label", "e2e="+l.label)
	argv := append(append([]string{"env", "-C", l.dir, "-i", "TERM=screen-256color", "LANG=C.UTF-8"}, c.Env...), c.Args...)
	opened := console{openTerminal(l.t, columns, rows, argv...)}
	opened.shows("● live", "q quit")
	return opened
}

// until is when a detached run ends at the latest, as the list of runs shows it.
func (l *laptop) until(place string) string {
	l.t.Helper()
	var pods []struct{ Detached []struct{ ID, Until string } }
	if err := json.Unmarshal([]byte(l.says("ps", "-o", "json").succeeds(l.t).stdout), &pods); err != nil {
		l.t.Fatal(err)
	}
	for _, pod := range pods {
		for _, run := range pod.Detached {
			if at, err := time.Parse(time.RFC3339, run.Until); run.ID == place && err == nil {
				return at.Local().Format(time.TimeOnly)
			}
		}
	}
	l.t.Fatalf("no %s in %+v", place, pods)
	return ""
}

// picksUp goes to a detached run in the list of runs, and picks it up.
func (c console) picksUp(what string) {
	c.t.Helper()
	c.press("r")
	c.until(patience, "the detached run", func(screen string) bool { return regexp.MustCompile(`◇ ` + what).MatchString(screen) })
	for range 20 {
		if regexp.MustCompile(`▸\s+◇ ` + what).MatchString(c.screen()) {
			break
		}
		c.press("Down")
	}
	c.press("Enter")
	c.showsWithin(patience, "◇ detached", "s save")
}

// Another person's console picks a run up with all that it has written, its counters and its verdict, and works on it as on its own.
func TestAConsolePicksUpADetachedRunAndSavesItAsAnyOther(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		t.Run(itoa(size[0]), func(t *testing.T) {
			t.Parallel()
			first, second := newLaptop(t, "away"+itoa(size[0]), apiServer(t)), newLaptop(t, "home"+itoa(size[0]), apiServer(t))
			place := first.detaches("-t", "5m", "--", "tcpdump", "-n", "-i", "eth0", "port", "8080")
			c := second.opens(size[0], size[1])
			until := second.until(place)
			c.picksUp(`tcpdump +shop/web .* until ` + until + `, by`)
			c.showsWithin(patience, "shop/web", "by ", "received ", "0 dropped")
			c.until(patience, "20 packets", c.has(20))
			c.press("Tab")
			c.showsWithin(patience, "▸packets", "PROTO", "TCP")
			c.press("Tab", "Tab")
			c.press("q") // nothing is asked: it goes on
			c.ends(0)
			c.showsWithin(patience, "tcpdump in shop/web goes on, detached until "+until)
			second.says("ps").succeeds(t).prints(t, place, "detached, until")

			c = second.opens(size[0], size[1])
			c.picksUp(`tcpdump +shop/web .* until ` + until)
			c.until(patience, "as many packets as at first", c.has(20))
			c.press("x")
			c.showsWithin(patience, "ended: stopped, complete")
			said := c.number(`N packets?`)
			c.press("s")
			c.showsWithin(patience, "enter saves")
			c.press("C-e", "C-u")
			c.types(filepath.Join(second.dir, "web.pcapng"))
			c.press("Enter")
			c.showsWithin(patience, "saved "+count(said)+" packets", "complete", "is deleted")
			out, err := exec.Command("capinfos", "-c", "-M", filepath.Join(second.dir, "web.pcapng")).CombinedOutput()
			if err != nil || !regexp.MustCompile(`packets: +`+itoa(said)+`\b`).Match(out) {
				t.Errorf("the console said %d packets, %v: %s", said, err, out)
			}
			c.press("q")
			c.ends(0)
			noHelperOf(t, first.label)
		})
	}
}

// file is what a file of the laptop holds.
func (l *laptop) file(name string) string {
	l.t.Helper()
	text, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text)
}

// count is a number as podtracer writes it.
func count(n int) string {
	s := itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// In a debug pod the run is found in the data directory that the console shares with it, whatever its tool.
func TestAConsoleInADebugPodPicksUpWhatWasDetachedThere(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "picked")
	d.exec(t, "podtracer", "run", "--detach", "--pod", "shop/client", "-t", "5m", "--", "sh", "-c",
		"i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i.; [ $i -lt 50 ] || sleep 0.2; done; exit 3").succeeds(t)
	c := d.openConsole(t, 80, 24)
	c.picksUp(`sh +shop/client`)
	c.showsWithin(patience, "line 60.", "following")
	c.press("g")
	c.showsWithin(patience, "line 1.")
	c.press("f")
	c.showsWithin(patience, "following")
	c.press("x")
	c.showsWithin(patience, "ended: stopped")
	path := "/tmp/e2e-" + mark + "-picked.txt"
	c.saves(path)
	lines := strings.Split(strings.TrimRight(d.exec(t, "cat", path).succeeds(t).stdout, "\n"), "\n")
	for i, line := range lines {
		if line != "line "+itoa(i+1)+"." {
			t.Fatalf("line %d of the saved text is %q", i+1, line)
		}
	}
	c.press("q")
	c.ends(0)
}

// What runs on another node is handed over while it runs: no line of it is missing, none comes twice, and the console that started it is
// not needed any more.
func TestARunOfAConsoleIsDetachedWhileItRunsAndLosesNothing(t *testing.T) {
	t.Parallel()
	first, second := newLaptop(t, "giver", apiServer(t)), newLaptop(t, "taker", apiServer(t))
	c := first.opens(160, 45)
	c.starts("shop/web", "any command", `sh -c "i=0; while :; do i=\$((i+1)); echo line \$i.; sleep 0.02; done"`)
	c.showsWithin(patience, "line 60.")
	c.press("d")
	c.showsWithin(patience, "goes on without this console", "1h", "enter detaches it")
	c.press("C-u")
	c.types("7m")
	c.press("Enter")
	c.showsWithin(patience, "┌─ runs", "sh in shop/web goes on without this console", "podtracer attach podtracer/")
	place := regexp.MustCompile(`podtracer attach (\S+)`).FindStringSubmatch(c.screen())[1]
	c.showsWithin(patience, "◇ sh ")
	c.press("q") // nothing is asked
	c.ends(0)
	second.says("ps").succeeds(t).prints(t, place, "detached, until")
	second.says("clean").says(t, place+" stays")

	c = second.opens(80, 24)
	c.picksUp(`sh +shop/web .* until ` + second.until(place) + `, by`)
	c.showsWithin(patience, "following")
	c.press("x")
	c.showsWithin(patience, "ended: stopped")
	c.press("s")
	c.showsWithin(patience, "enter saves")
	c.press("C-e", "C-u")
	c.types(filepath.Join(second.dir, "lines.txt"))
	c.press("Enter")
	c.showsWithin(patience, "saved ", "is deleted")
	c.press("q")
	c.ends(0)
	lines := strings.Split(strings.TrimRight(second.file("lines.txt"), "\n"), "\n")
	for i, line := range lines {
		if line != "line "+itoa(i+1)+"." {
			t.Fatalf("line %d of %d is %q", i+1, len(lines), line)
		}
	}
	noHelperOf(t, first.label)
}

// A capture that is handed over keeps its packets, its counters and its limits.
func TestACaptureOfAConsoleIsDetachedWithItsPacketsCountersAndLimits(t *testing.T) {
	t.Parallel()
	first, second := newLaptop(t, "captures", apiServer(t)), newLaptop(t, "fetches", apiServer(t))
	c := first.opens(160, 45)
	c.opensForm("shop/web", "tcpdump")
	c.press("Tab", "C-e", "C-u")
	c.types("-i eth0 -n -c 700")
	c.showsWithin(patience, "-n -c 700")
	c.press("Enter")
	c.showsWithin(patience, "tcpdump  shop/web")
	c.until(patience, "50 packets", c.has(50))
	c.press("d")
	c.showsWithin(patience, "enter detaches it")
	c.press("Enter")
	c.showsWithin(patience, "goes on without this console", "podtracer attach podtracer/")
	place := regexp.MustCompile(`podtracer attach (\S+)`).FindStringSubmatch(c.screen())[1]
	c.press("q")
	c.ends(0)
	second.says("attach", place).succeeds(t).says(t, "packets captured", "complete: 700 packets")
	second.says("get", place, "web.pcapng").succeeds(t).says(t, "saved 700 packets", "complete", "is deleted")
	out, err := exec.Command("capinfos", "-c", "-M", filepath.Join(second.dir, "web.pcapng")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), " 700") {
		t.Errorf("%v: %s", err, out)
	}
	noHelperOf(t, first.label)
}

// has says whether the run on the screen has so many packets.
func (c console) has(packets int) func(screen string) bool {
	return func(screen string) bool {
		found := regexp.MustCompile(`([\d,]+) packets? `).FindStringSubmatch(screen)
		if found == nil {
			return false
		}
		n, err := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
		return err == nil && n >= packets
	}
}

// place is where a run goes on that a console has just handed over.
func (c console) place() string {
	c.t.Helper()
	c.showsWithin(patience, "┌─ runs", "goes on without this console", "podtracer attach ")
	return regexp.MustCompile(`podtracer attach (\S+)`).FindStringSubmatch(c.screen())[1]
}

// On its own node, a process beside the console goes on with the tool, which does not notice.
func TestACaptureInADebugPodIsDetachedWhileItRunsAndItsConsoleLeaves(t *testing.T) {
	t.Parallel()
	d, l := newDebugPod(t, "heir"), newLaptop(t, "heir", apiServer(t))
	c := d.openConsole(t, 160, 45)
	c.opensForm("shop/client", "tcpdump")
	c.press("Tab", "C-e", "C-u")
	c.types("-i eth0 -n -s 97 -c 500")
	c.showsWithin(patience, "-s 97 -c 500")
	c.press("Enter")
	c.showsWithin(patience, "tcpdump  shop/client")
	c.until(patience, "30 packets", c.has(30))
	tool := onNode(t, 1, "pgrep", "-f", "[t]cpdump .*-s 97")
	c.press("d")
	c.showsWithin(patience, "enter detaches it")
	c.press("Enter")
	place := c.place()
	c.press("q")
	c.ends(0)
	l.says("ps").succeeds(t).prints(t, place, "node1", "shop/client", "detached, until")
	if now := onNode(t, 1, "pgrep", "-f", "[t]cpdump .*-s 97"); now != tool {
		t.Errorf("the tool is another process: %s, before %s", now, tool)
	}
	c = d.openConsole(t, 80, 24)
	c.picksUp(`tcpdump +shop/client .* until ` + l.until(place))
	c.showsWithin(patience, "ended: ", "complete", "500 packets")
	c.press("q")
	c.ends(0)
	l.says("attach", place).succeeds(t).says(t, "packets captured", "complete: 500 packets")
	l.says("get", place, "client.pcapng").succeeds(t).says(t, "saved 500 packets", "complete")
	until(t, patience, "the tool to be gone", func() bool { return onNode(t, 1, "sh", "-c", "pgrep -f '[t]cpdump .*-s 97' || true") == "" })
	_, id, _ := strings.Cut(place, ":")
	d.exec(t, "podtracer", "runs", "remove", id).succeeds(t)
	if left := d.exec(t, "sh", "-c", "ls /var/lib/podtracer/sessions /var/lib/podtracer/detached; pgrep -f '[a]gent run' || true").stdout; strings.Contains(left, id[:5]) {
		t.Errorf("left: %s", left)
	}
}

// The text of a tool on the console's own node is handed over to the byte, and its time is up when it was said to be.
func TestTheTextOfAToolInADebugPodIsDetachedAndEndsWhenItsTimeIsUp(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "text")
	c := d.openConsole(t, 80, 24)
	c.starts("shop/client", "any command", `sh -c "i=0; while :; do i=\$((i+1)); echo line \$i.; sleep 0.02; done"`)
	c.showsWithin(patience, "line 60.")
	c.press("d")
	c.showsWithin(patience, "enter detaches it")
	c.press("C-u")
	c.types("8s")
	c.press("Enter")
	place := c.place()
	c.press("q")
	c.ends(0)
	_, id, _ := strings.Cut(place, ":")
	r := d.exec(t, "podtracer", "attach", id).succeeds(t).says(t, "its time was up")
	lines := strings.Split(strings.TrimRight(r.stdout, "\r\n"), "\n")
	if len(lines) < 100 {
		t.Errorf("%d lines", len(lines))
	}
	for i, line := range lines {
		if strings.TrimRight(line, "\r") != "line "+itoa(i+1)+"." {
			t.Fatalf("line %d of %d is %q", i+1, len(lines), line)
		}
	}
}

func TestADetachedRunEndsAtItsDeadlineAndItsProcessWaitsForSomebodyWhoFetches(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "deadline", apiServer(t))
	place := l.detaches("-t", "4s", "--", "sleep", "98781")
	l.says("attach", place).succeeds(t).says(t, "its time was up")
	if runsOnNode2(t, "sleep 98781") {
		t.Error("the tool runs on")
	}
	l.says("ps").succeeds(t).prints(t, place, "has ended, fetch it")
	l.says("get", place).succeeds(t).says(t, "is deleted")
	noHelperOf(t, l.label)

	// The process that owns a run waits as long as it was told, and no longer.
	d := newDebugPod(t, "waits")
	order := kubectl(t, "get", "pod", "-n", "shop", "client", "-o", `jsonpath={"{"}"Pod":{"{"}"Namespace":"shop","Name":"client","Node":"node1","UID":"{.metadata.uid}"{"}"},"Argv":["echo","done"],"Limits":{"{"}"Timer":60000000000{"}"},"By":"test","Linger":6000000000{"}"}`)
	began := time.Now()
	owner := exec.Command("kubectl", "exec", "-n", debugNamespace, string(d), "--", "podtracer", "agent", "run", order)
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, patience, "the run to be listed", func() bool { return strings.Contains(l.says("ps").stdout, string(d)+":") })
	l.says("ps").succeeds(t).prints(t, string(d)+":", "has ended, fetch it")
	if err := owner.Wait(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < 6*time.Second {
		t.Errorf("it waited %s", took)
	}
}
