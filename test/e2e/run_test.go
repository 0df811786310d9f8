//go:build e2e

package e2e

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestVersionSaysWhichOneItIs(t *testing.T) {
	t.Parallel()
	r := leastPrivilege.exec(t, "podtracer", "version").succeeds(t)
	if !regexp.MustCompile(`^podtracer \S+, commit \S+, go1\.\S+ linux/\w+\n$`).MatchString(r.stdout) {
		t.Errorf("printed %q", r.stdout)
	}
}

func TestACaptureRedirectedToAFileIsAPcapAndNothingElse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.pcap")
	shell(t, `PODTRACER run --pod client -n shop tcpdump -a "-i eth0 -c 10 -w -" >`+file).succeeds(t).says(t, "10 packets captured")
	if n := countPackets(command(t, "tcpdump", "-n", "-r", file).succeeds(t)); n != 10 {
		t.Errorf("%d packets in the file", n)
	}
	shell(t, `PODTRACER run --pod client -n shop -- tcpdump -i eth0 -c 10 -w - 2>&1 >`+file).succeeds(t)
	if n := countPackets(command(t, "tcpdump", "-n", "-r", file).succeeds(t)); n != 10 {
		t.Errorf("%d packets in the file", n)
	}
}

func TestACaptureIsPipedIntoTcpdump(t *testing.T) {
	t.Parallel()
	r := shell(t, `PODTRACER run --pod client -n shop tcpdump -a '-i eth0 -c 10 -w - "tcp port 80"' | tcpdump -n -r -`).succeeds(t).prints(t, "10.96.0.80.80")
	if n := countPackets(r); n != 10 {
		t.Errorf("%d packets%s", n, r)
	}
}

func countPackets(r result) int {
	n := 0
	for line := range strings.Lines(r.stdout) {
		if packetLine.MatchString(line) {
			n++
		}
	}
	return n
}

func TestTcpdumpsTextComesAsItIsWritten(t *testing.T) {
	t.Parallel()
	r := leastPrivilege.in(t, "shop/client", "tcpdump", "-i", "eth0", "-n", "-c", "20", "tcp port 80").succeeds(t)
	r.prints(t, "10.96.0.80.80", "HTTP: GET / HTTP/1.0").says(t, "20 packets captured", "0 packets dropped by kernel")
	if n := countPackets(r); n != 20 {
		t.Errorf("%d packets%s", n, r)
	}
}

func TestIPShowsTheAddressesAndRoutesOfThePod(t *testing.T) {
	t.Parallel()
	for _, d := range []debugPod{leastPrivilege, privileged} {
		d.in(t, "shop/client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client"))
		d.in(t, "shop/client", "ip", "route").succeeds(t).prints(t, "default via 10.244.1.1 dev eth0")
	}
}

func TestSSShowsTheSocketsOfThePod(t *testing.T) {
	t.Parallel()
	start(t, workload("listener", runs("exec httpd -f -p 7070")))
	leastPrivilege.in(t, namespace+"/listener", "ss", "-Hltn").succeeds(t).prints(t, ":7070")
	if r := leastPrivilege.in(t, "shop/two", "ss", "-Hltn").succeeds(t); strings.Contains(r.stdout, ":7070") {
		t.Errorf("another pod has the socket, too%s", r)
	}
}

func TestEthtoolAsksTheDeviceOfThePod(t *testing.T) {
	t.Parallel()
	leastPrivilege.in(t, "shop/client", "ethtool", "-i", "eth0").succeeds(t).prints(t, "driver: veth")
	peer := leastPrivilege.in(t, "shop/client", "ethtool", "-S", "eth0").succeeds(t).prints(t, "peer_ifindex: ").stdout
	index := regexp.MustCompile(`peer_ifindex: (\d+)`).FindStringSubmatch(peer)
	if index == nil || !strings.Contains(onNode(t, 1, "ip", "-o", "link"), index[1]+": veth") {
		t.Errorf("the node has no device of that index: %s", peer)
	}
}

func TestPingReachesAPodOnTheOtherNode(t *testing.T) {
	t.Parallel()
	leastPrivilege.in(t, "shop/client", "ping", "-c", "3", "-i", "0.2", podIP(t, "shop/web")).succeeds(t).
		prints(t, "3 packets transmitted, 3 received, 0% packet loss")
	leastPrivilege.in(t, "shop/client", "ping", "-c", "1", "-W", "1", "10.244.2.250").ends(t, 1).prints(t, "100% packet loss")
}

func TestCurlDigNftAndConntrackWorkInThePod(t *testing.T) {
	t.Parallel()
	leastPrivilege.in(t, "shop/client", "curl", "-s", "http://10.96.0.80/").succeeds(t).prints(t, "<h1>shop</h1>")
	// Nothing answers at the resolver's address; what matters is that dig asks the pod's resolver.
	leastPrivilege.in(t, "shop/client", "dig", "+time=1", "+tries=1", "web").ends(t, 9).prints(t, "10.96.0.10#53")
	pod := workload("rules")
	start(t, pod)
	leastPrivilege.in(t, namespace+"/rules", "nft", "add", "table", "inet", "e2e"+mark).succeeds(t)
	leastPrivilege.in(t, namespace+"/rules", "nft", "list", "ruleset").succeeds(t).prints(t, "table inet e2e"+mark)
	if rules := privileged.in(t, "shop/hostnet", "nft", "list", "tables").succeeds(t).stdout; strings.Contains(rules, "e2e"+mark) {
		t.Errorf("the node has that table, too:\n%s", rules)
	}
	leastPrivilege.in(t, namespace+"/rules", "conntrack", "-L").succeeds(t).says(t, "flow entries have been shown")
}

func TestTheToolsViewIsThePods(t *testing.T) {
	t.Parallel()
	resolver := kubectl(t, "exec", "-n", "shop", "client", "--", "cat", "/etc/resolv.conf")
	if own := leastPrivilege.exec(t, "cat", "/etc/resolv.conf").succeeds(t); strings.TrimSpace(own.stdout) == resolver {
		t.Fatal("the debug pod has the same resolver, so this test shows nothing")
	}
	if r := leastPrivilege.in(t, "shop/client", "cat", "/etc/resolv.conf").succeeds(t); strings.TrimSpace(r.stdout) != resolver {
		t.Errorf("the resolver is not the pod's: %q%s", resolver, r)
	}
	address := kubectl(t, "exec", "-n", "shop", "client", "--", "cat", "/sys/class/net/eth0/address")
	if r := leastPrivilege.in(t, "shop/client", "cat", "/sys/class/net/eth0/address").succeeds(t); strings.TrimSpace(r.stdout) != address {
		t.Errorf("/sys has the device of another network: %q%s", address, r)
	}
	leastPrivilege.in(t, "shop/client", "ls", "/sys/class/net").succeeds(t).prints(t, "eth0\nlo\n")
}

func TestExitStatusesTellWhoFailed(t *testing.T) {
	t.Parallel()
	d := leastPrivilege
	d.in(t, "shop/client", "true").succeeds(t)
	d.in(t, "shop/client", "sh", "-c", "exit 42").ends(t, 42)
	d.in(t, "shop/client", "sh", "-c", "kill -TERM $$").ends(t, 128+15).says(t, "signal 15")
	d.in(t, "shop/client", "sh", "-c", "kill -KILL $$").ends(t, 128+9).says(t, "signal 9")
	d.in(t, "shop/client", "no-such-tool").ends(t, 127).says(t, "no-such-tool is not installed here", "hint: ")
	d.in(t, "shop/client", "/etc/passwd").ends(t, 126).says(t, "/etc/passwd cannot be executed", "hint: ")
	d.run(t, "-n", "shop", "--pod", "nobody", "--", "true").refuses(t, "there is no pod nobody in namespace shop")
	// Statuses of a tool and of podtracer itself are never mixed up.
	d.in(t, "shop/client", "sh", "-c", "exit 125").ends(t, 123).says(t, "125")
}

func TestATimerEndsTheToolAndThatIsSuccess(t *testing.T) {
	t.Parallel()
	r := leastPrivilege.run(t, "--pod", "client", "-n", "shop", "-t", "2s", "--", "tcpdump", "-i", "eth0", "-n")
	r.succeeds(t).within(t, 10*time.Second).says(t, "its time was up", "packets captured")
	if r.took < 2*time.Second {
		t.Errorf("took only %v", r.took)
	}
}

func TestASizeLimitEndsTheTool(t *testing.T) {
	t.Parallel()
	r := leastPrivilege.run(t, "--pod", "client", "-n", "shop", "--max-size", "1MiB", "--", "sh", "-c", "while :; do echo 0123456789; done")
	r.succeeds(t).says(t, "size limit")
	if n := len(r.stdout); n < 1<<20 {
		t.Errorf("only %d bytes", n)
	}
}

func TestOutputGoesToAFileAndWithSAlsoToStdout(t *testing.T) {
	t.Parallel()
	file := "/tmp/e2e-" + mark + "-f.pcap"
	r := leastPrivilege.run(t, "--pod", "client", "-n", "shop", "-f", file, "--", "tcpdump", "-i", "eth0", "-c", "5", "-w", "-", "tcp port 80")
	r.succeeds(t).says(t, "saved 5 packets", file, "sha256 ")
	if r.stdout != "" {
		t.Errorf("the standard output has %d bytes", len(r.stdout))
	}
	if n := len(packetsIn(t, leastPrivilege, file)); n != 5 {
		t.Errorf("%d packets", n)
	}
	leastPrivilege.run(t, "--pod", "client", "-n", "shop", "-f", file, "--", "echo", "x").ends(t, 125).says(t, "a file of that name already exists")

	file = "/tmp/e2e-" + mark + "-s.txt"
	leastPrivilege.run(t, "--pod", "client", "-n", "shop", "-f", file, "-s", "--", "echo", "both").succeeds(t).prints(t, "both\n")
	leastPrivilege.exec(t, "cat", file).succeeds(t).prints(t, "both\n")
	leastPrivilege.exec(t, "stat", "-c", "%a", file).succeeds(t).prints(t, "600\n")
}

func TestAReportIsOneJSONObject(t *testing.T) {
	t.Parallel()
	file := "/tmp/e2e-" + mark + "-report.json"
	leastPrivilege.run(t, "--pod", "client", "-n", "shop", "--report", file, "--", "tcpdump", "-i", "eth0", "-c", "3", "-w", "-", "tcp port 80").succeeds(t)
	var report struct {
		Pod      struct{ Namespace, Name, UID, Node string }
		Argv     []string
		Exit     struct{ Status int }
		Counters struct{ Packets, Bytes int }
	}
	text := leastPrivilege.exec(t, "cat", file).succeeds(t).stdout
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if report.Pod.Name != "client" || report.Pod.Node != "node1" || report.Counters.Packets != 3 || report.Exit.Status != 0 || report.Argv[0] != "tcpdump" {
		t.Errorf("it says %s", text)
	}
	leastPrivilege.run(t, "--pod", "web", "-n", "shop", "--report", file, "--", "true").ends(t, 125)
	text = leastPrivilege.exec(t, "cat", file).succeeds(t).stdout
	if err := json.Unmarshal([]byte(text), &report); err != nil || report.Exit.Status != 125 || !strings.Contains(text, "node2") {
		t.Errorf("the report of a run that could not start says %s (%v)", text, err)
	}
}

func TestFlagsThatComeLaterAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-d", "10.0.0.1"}, {"-p", "1234"}} {
		leastPrivilege.run(t, append(args, "--pod", "client", "-n", "shop", "--", "true")...).refuses(t, args[0]+"/--", "not possible yet")
	}
}

func TestCtrlCInATerminalStopsTheToolAndThatIsSuccess(t *testing.T) {
	t.Parallel()
	term := leastPrivilege.openTerminal(t, 80, 24, "podtracer", "run", "--pod", "client", "-n", "shop", "--", "ping", "127.0.0.1")
	term.shows("icmp_seq=2")
	term.press("C-c")
	term.shows("packets transmitted")
	term.ends(0)
}

func TestAToolReadsItsStandardInput(t *testing.T) {
	t.Parallel()
	r := commandWithInput(t, strings.NewReader("through\x00and through\n"), "kubectl", "exec", "-i", "-n", debugNamespace, "debug-pod", "--",
		"podtracer", "run", "--pod", "client", "-n", "shop", "--", "cat")
	if r.succeeds(t); r.stdout != "through\x00and through\n" {
		t.Errorf("standard output was %q", r.stdout)
	}
}

func TestAReaderThatGoesAwayIsToldByTheExitStatus(t *testing.T) {
	t.Parallel()
	leastPrivilege.exec(t, "bash", "-c", `podtracer run --pod client -n shop -- sh -c "while :; do echo x; done" | head -n 1; echo status ${PIPESTATUS[0]}`).
		succeeds(t).prints(t, "x\nstatus 74\n").says(t, "standard output was closed")
}
