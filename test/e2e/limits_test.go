//go:build e2e

package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// stream sends from a pod to shop/iperf, on the other node, for some seconds in the background. wait waits for the end.
func stream(t *testing.T, pod, port, rate, seconds string) (wait func()) {
	t.Helper()
	return sends(t, pod, port, "-b", rate, "-t", seconds)
}

func sends(t *testing.T, pod, port string, options ...string) (wait func()) {
	t.Helper()
	iperfServer(t, port)
	ended := make(chan result, 1)
	go func() {
		ended <- leastPrivilege.in(t, pod, append([]string{"iperf3", "-c", podIP(t, "shop/iperf"), "-p", port}, options...)...)
	}()
	return func() {
		t.Helper()
		(<-ended).succeeds(t)
	}
}

// seconds are the times of the packets in a capture on this machine, in seconds after the first packet.
func seconds(t *testing.T, file, filter string) []float64 {
	t.Helper()
	var all []float64
	for _, field := range strings.Fields(tshark(t, file, "-Y", filter, "-T", "fields", "-e", "frame.time_relative").stdout) {
		second, err := strconv.ParseFloat(field, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, second)
	}
	return all
}

func TestARingKeepsTheNewestPackets(t *testing.T) {
	t.Parallel()
	wait := stream(t, "shop/two", "5311", "60M", "4")
	file := "/tmp/e2e-" + mark + "-ring.pcapng"
	r := leastPrivilege.run(t, "--pod", "two", "-n", "shop", "--ring", "8MiB", "-t", "20s", "-f", file, "--report", file+".json", "--",
		"tcpdump", "-i", "eth0", "port 5311")
	wait()
	r.succeeds(t).says(t, "complete from where the ring begins: ", "packets before that aged out", "saved ")
	report := leastPrivilege.report(t, file+".json")
	if report.Verdict == nil || !report.Verdict.Complete || len(report.Files) != 1 {
		t.Fatalf("the report is %+v%s", report, r)
	}
	f := report.Files[0]
	if f.Bytes > 9<<20 || f.Bytes < 5<<20 || report.Counters.AgedOut == 0 || f.Packets+report.Counters.AgedOut != report.Counters.Packets {
		t.Errorf("the file is %+v, the counters %+v", f, report.Counters)
	}
	last := tshark(t, leastPrivilege.copyOut(t, file), "-Y", "tcp.flags.fin == 1")
	if strings.TrimSpace(last.stdout) == "" {
		t.Errorf("the newest packets are not there%s", last)
	}
}

func TestARingFreezesOnALineAndKeepsSomeTimeMore(t *testing.T) {
	t.Parallel()
	file := "/tmp/e2e-" + mark + "-frozen.pcapng"
	ended := make(chan result, 1)
	go func() {
		ended <- leastPrivilege.run(t, "--pod", "client", "-n", "shop", "--ring", "8MiB", "--freeze-on", `ICMP echo request.* length 85$`, "--keep-after", "3s",
			"-t", "60s", "-f", file, "--", "tcpdump", "-i", "eth0", "-n", "icmp or tcp port 80")
	}()
	time.Sleep(3 * time.Second)
	leastPrivilege.in(t, "shop/client", "ping", "-c", "1", "-s", "77", podIP(t, "shop/web")).succeeds(t) // no other test sends pings of this size
	(<-ended).succeeds(t).within(t, 20*time.Second).says(t, "the ring was frozen: a line matched", "complete", "saved ")
	here := leastPrivilege.copyOut(t, file)
	all, matching := seconds(t, here, "frame"), seconds(t, here, "icmp.type == 8 && frame.len == 119")
	if len(all) == 0 || len(matching) != 1 {
		t.Fatalf("%d packets, %d that freeze", len(all), len(matching))
	}
	if before, after := matching[0], all[len(all)-1]-matching[0]; before < 1 || after < 2 || after > 5 {
		t.Errorf("the capture has %.1f s before the packet and %.1f s after it", before, after)
	}
}

func TestZFreezesARingInTheConsole(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 100, 30)
	c.startsWith("shop/client", "tcpdump", "-i eth0 -n tcp port 80", typed{"keep last", "8MiB"})
	c.shows("ring 8", "z freeze", traffic)
	c.press("z")
	c.shows("ended: ", "frozen", "complete")
	path := "/tmp/e2e-" + mark + "-z.pcapng"
	c.saves(path)
	if n := c.number(`saved N packets?`); n != len(packetsIn(t, leastPrivilege, path)) {
		t.Errorf("said %d packets", n)
	}
	c.press("q")
	c.ends(0)
}

func TestZGoesOnForTheTimeThatWasAskedFor(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.startsWith("shop/client", "tcpdump", "-i eth0 -n tcp port 80", typed{"keep last", "8MiB"}, typed{"then keep", "4s"})
	c.shows(traffic, "z freeze")
	c.press("z")
	c.shows("the ring is frozen", "the capture continues for 4s")
	c.hidesWithin(glance, "z freeze")
	c.shows("ended: ", "complete")
	c.press("q", "y")
	c.ends(0)
}

func TestHeadersOnlyKeepsNoPayload(t *testing.T) {
	t.Parallel()
	file := "/tmp/e2e-" + mark + "-headers.pcapng"
	leastPrivilege.run(t, "--pod", "client", "-n", "shop", "--snaplen-headers", "-t", "4s", "-f", file, "--", "tcpdump", "-i", "eth0", "tcp", "port", "80").
		succeeds(t).says(t, "complete", "saved ")
	for _, text := range []string{"GET /", "<h1>", "HTTP/1.0"} {
		if r := leastPrivilege.exec(t, "grep", "-ac", text, file); r.code != 1 {
			t.Errorf("%q is in the file%s", text, r)
		}
	}
	here := leastPrivilege.copyOut(t, file)
	withPayload := 0
	for line := range strings.Lines(tshark(t, here, "-T", "fields", "-e", "frame.len", "-e", "frame.cap_len", "-e", "tcp.hdr_len", "-e", "tcp.len").stdout) {
		n := make([]int, 4)
		for i, field := range strings.Fields(line) {
			n[i], _ = strconv.Atoi(field)
		}
		length, captured, header, payload := n[0], n[1], n[2], n[3]
		if header < 20 || captured != 14+20+header || length != captured+payload {
			t.Fatalf("of a packet of %d bytes, %d of them TCP's header and %d payload, %d are kept", length, header, payload, captured)
		}
		if payload > 0 {
			withPayload++
		}
	}
	if withPayload == 0 {
		t.Error("no packet had a payload")
	}
}

// quiet is a filter that excludes the floods that other tests send from and to the same pod.
const quiet = "not tcp portrange 5300-5399 and not udp portrange 5300-5399"

func TestAskedLimitsEndACaptureToThePacketAndThatIsSuccess(t *testing.T) {
	t.Parallel()
	file := "/tmp/e2e-" + mark + "-limits"
	leastPrivilege.run(t, "--pod", "client", "-n", "shop", "--max-packets", "7", "-f", file+"-7.pcapng", "--", "tcpdump", "-i", "eth0", quiet).
		succeeds(t).says(t, "it reached its packet limit", "saved 7 packets", "complete")
	if n := len(packetsIn(t, leastPrivilege, file+"-7.pcapng")); n != 7 {
		t.Errorf("%d packets", n)
	}
	leastPrivilege.run(t, "--pod", "client", "-n", "shop", "--max-size", "20kB", "-f", file+".pcap", "--report", file+".json", "--", "tcpdump", "-i", "eth0", quiet).
		succeeds(t).says(t, "it reached its size limit", "saved ", "complete")
	packets := len(packetsIn(t, leastPrivilege, file+".pcap"))
	report := leastPrivilege.report(t, file+".json")
	if report.Verdict == nil || !report.Verdict.Complete || len(report.Files) != 1 {
		t.Fatalf("the report is %+v", report)
	}
	if f := report.Files[0]; f.Bytes > 20000 || f.Bytes < 18000 || f.Packets != packets {
		t.Errorf("%d packets, the file is %+v", packets, f)
	}

	c := leastPrivilege.openConsole(t, 80, 24)
	c.startsWith("shop/client", "tcpdump", "-i eth0 -n tcp port 80", typed{"at packets", "30"})
	c.shows("ended: ", "complete", "30 packets")
	c.press("q", "y")
	c.ends(0)
}

// This test runs alone: it writes a gigabyte, and would make other tests lose packets.
func TestTheDefaultSizeLimitIsALoss(t *testing.T) {
	d := newDebugPod(t, "gigabyte")
	wait := sends(t, "shop/two", "5312", "-n", "4G")
	r := d.exec(t, "sh", "-c", `exec podtracer run --pod two -n shop -t 60s --report /tmp/r.json -- tcpdump -i eth0 -B 65536 -w - port 5312 >/dev/null`)
	wait()
	report := d.report(t, "/tmp/r.json")
	r.ends(t, 74).says(t, "cut at the default size limit of 1 GiB", "hint: ", "--max-size 10GiB")
	if report.Counters.Bytes > 1<<30 || report.Verdict == nil || report.Verdict.Complete {
		t.Errorf("the report is %+v", report)
	}
	d.hasNoSessions(t)
}

func TestADiskThatIsNearlyFullEndsACaptureCleanly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags  []string
		status int
		says   []string
	}{
		"by-default": {nil, 74, []string{"INCOMPLETE: stopped: the disk is nearly full", "3 MiB must stay free", "--min-free"}},
		"as-asked":   {[]string{"--min-free", "8MiB"}, 0, []string{"the disk is nearly full", "8 MiB must stay free", ", complete"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "floor-"+name)
			d.exec(t, "sh", "-c", "mkdir /tmp/small && mount -t tmpfs -o size=64m tmpfs /tmp/small && head -c 50m /dev/zero >/tmp/small/others").succeeds(t)
			port := "532" + itoa(len(c.flags))
			wait := stream(t, "shop/two", port, "12M", "12")
			args := append([]string{"--data-dir", "/tmp/small", "--pod", "two", "-n", "shop", "-t", "30s", "-f", "/tmp/x.pcapng", "--report", "/tmp/x.json"}, c.flags...)
			r := d.run(t, append(args, "--", "tcpdump", "-i", "eth0", "port "+port)...)
			wait()
			r.ends(t, c.status).within(t, 20*time.Second).says(t, c.says...)
			report := d.report(t, "/tmp/x.json")
			if report.Verdict == nil || report.Verdict.Complete != (c.status == 0) || len(report.Files) != 1 {
				t.Fatalf("the report is %+v%s", report, r)
			}
			if n := len(packetsIn(t, d, "/tmp/x.pcapng")); n != report.Files[0].Packets || n < 100 {
				t.Errorf("%d packets, in the report %d", n, report.Files[0].Packets)
			}
			if r := d.exec(t, "tcpdump", "-n", "-r", "/tmp/x.pcapng").succeeds(t); strings.Contains(r.stderr, "truncated") {
				t.Errorf("the capture is cut off%s", r)
			}
			d.exec(t, "find", "/tmp/small/sessions", "-mindepth", "1").succeeds(t).isEmpty(t)
		})
	}
}
