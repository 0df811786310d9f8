package command

import (
	"errors"
	"strings"
	"testing"
)

func TestACommandThatReadsWhatIsTypedOrPipedIsKnown(t *testing.T) {
	for line, want := range map[string]bool{
		"cat": true, "cat -": true, "cat -n": true, "cat /etc/resolv.conf": false, "tee": true, "sh -s": true, "sh -c true": false,
		"tcpdump -n -r -": true, "tcpdump -r-": true, "tcpdump -r x.pcap": false, "tcpdump -i eth0 -w -": false, "tcpdump -r x.pcap -w -": false,
		"xargs ls": true, "/bin/busybox cat": true, "busybox": false, "telnet web 80": true, "ss -tlnp": false, "nc -z web 80": false,
	} {
		if got := WantsInput(strings.Fields(line)); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
	if WantsInput(nil) {
		t.Error("no command reads")
	}
}

func TestATcpdumpThatIsReadLineByLineWritesEachLineAtOnce(t *testing.T) {
	for line, want := range map[string]string{
		"tcpdump -n -i eth0":      "tcpdump -l -n -i eth0",
		"tcpdump -i eth0 -w -":    "tcpdump -i eth0 -w -",
		"ping -c 1 web":           "ping -c 1 web",
		"tcpdump -n -r x.pcap":    "tcpdump -l -n -r x.pcap",
		"/usr/bin/tcpdump -ni lo": "/usr/bin/tcpdump -l -ni lo",
	} {
		plan, err := Understand(strings.Fields(line), Wish{Lines: true})
		if got := strings.Join(plan.Tool, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", line, got, err)
		}
	}
}

func TestSeveralTcpdumpsDoNotWriteTheSameFile(t *testing.T) {
	argv := []string{"tcpdump", "-i", "eth0", "-w", "x.pcap"}
	if _, err := Understand(argv, Wish{Lines: true}); !errors.Is(err, errOwnFile) {
		t.Error(err)
	}
	if plan, err := Understand(argv, Wish{}); err != nil || len(plan.Tool) != len(argv) {
		t.Errorf("a single one: %v, %v", plan, err)
	}
}
