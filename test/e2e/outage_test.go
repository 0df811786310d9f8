//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// These tests break what is between a console and a helper: they are not parallel.

// restarting kills a part of the cluster, as restart.sh names it. down and up are closed when it is.
func restarting(t *testing.T, part ...string) (down, up <-chan struct{}) {
	t.Helper()
	c := exec.Command(filepath.Join(clusterScripts, "restart.sh"), part...) // no end of the test ends it before the part is up
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	isDown, isUp := make(chan struct{}), make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() { // ends with the script
		for lines := bufio.NewScanner(out); lines.Scan(); {
			switch lines.Text() {
			case "down":
				close(isDown)
			case "up":
				close(isUp)
			}
		}
	})
	t.Cleanup(func() {
		reading.Wait()
		if err := c.Wait(); err != nil {
			t.Errorf("%v: %v: %s", c.Args, err, said.String())
		}
	})
	return isDown, isUp
}

// await waits for a channel to be closed.
func await(t *testing.T, what string, is <-chan struct{}) {
	t.Helper()
	select {
	case <-is:
	case <-time.After(patience):
		t.Fatalf("waited %s for %s", patience, what)
	}
}

// witness is a tcpdump on a node itself, beside podtracer, in the network of a pod.
type witness struct {
	t    *testing.T
	node int
	file string
	run  *exec.Cmd
}

func newWitness(t *testing.T, node int, pod string) *witness {
	t.Helper()
	w := &witness{t: t, node: node, file: filepath.Join(t.TempDir(), "witness.pcap")}
	const script = `for n in /run/netns/*; do
		if nsenter --net=$n ip -4 -o address | grep -q " $0/"; then exec nsenter --net=$n tcpdump -i eth0 -n -U -Z root -w "$1"; fi
	done; echo no pod has $0; exit 1`
	w.run = exec.Command(filepath.Join(clusterScripts, "node-exec.sh"), itoa(node), "sh", "-c", script, podIP(t, pod), w.file)
	said, err := w.run.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.stop)
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil || !strings.Contains(line, "listening") {
		t.Fatalf("no witness: %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // ends with tcpdump
	return w
}

func (w *witness) stop() {
	if w.run.ProcessState != nil {
		return
	}
	_ = exec.Command(filepath.Join(clusterScripts, "node-exec.sh"), itoa(w.node), "pkill", "-INT", "-f", w.file).Run()
	_ = w.run.Wait() // tcpdump ends with 0, or with what the pattern killed: its shell
}

// confirms checks that a capture has every packet that the witness saw between the capture's first and last ones, and no other.
func (w *witness) confirms(capture string) {
	w.t.Helper()
	got := packetsOf(w.t, capture)
	const edge = 4 // packets at the ends, whose order two readers may see differently
	if len(got) < 10*edge {
		w.t.Fatalf("%s has %d packets", capture, len(got))
	}
	w.sees(got[len(got)-1-edge])
	w.stop()
	saw := packetsOf(w.t, w.file)
	from, to := slices.Index(saw, got[edge]), lastIndex(saw, got[len(got)-1-edge])
	if from < 0 || to < from {
		w.t.Fatalf("the witness did not see the first and the last packet of %s", capture)
	}
	count := map[string]int{}
	for _, p := range saw {
		count[p]++
	}
	for _, p := range got[edge : len(got)-edge] {
		if count[p]--; count[p] < 0 {
			w.t.Errorf("%s has a packet that was not there: %s", capture, p)
		}
	}
	have := map[string]int{}
	for _, p := range got {
		have[p]++
	}
	missing := 0
	for _, p := range saw[from : to+1] {
		if have[p]--; have[p] < 0 {
			missing++
		}
	}
	if missing > 0 {
		w.t.Errorf("%d packets of %d are missing in %s", missing, to+1-from, capture)
	}
	w.t.Logf("%s has the %d packets that the witness saw", filepath.Base(capture), to+1-from)
}

// sees waits until the witness has written a packet: the kernel hands packets to tcpdump in blocks, up to a second late.
func (w *witness) sees(packet string) {
	w.t.Helper()
	until(w.t, patience, "the witness to see the capture's last packet", func() bool {
		saw := readPackets(w.t, w.file) // it fails while the last packet is half written, and prints those before
		return slices.Contains(strings.Split(saw.stdout, "\n"), packet)
	})
}

func lastIndex(all []string, one string) int {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i] == one {
			return i
		}
	}
	return -1
}

// packetsOf is what readPackets prints of a capture that is whole.
func packetsOf(t *testing.T, file string) []string {
	t.Helper()
	return strings.Split(strings.TrimRight(readPackets(t, file).succeeds(t).stdout, "\n"), "\n")
}

// readPackets reads a capture with tshark: what tells each packet from the others, but for its time, which each reader takes itself.
func readPackets(t *testing.T, file string) result {
	t.Helper()
	args := []string{"tshark", "-n", "-r", file, "-T", "fields"}
	for _, f := range []string{"frame.len", "eth.src", "ip.src", "ip.id", "tcp.srcport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags"} {
		args = append(args, "-e", f)
	}
	return command(t, args...)
}

// openConsole opens the console on the laptop.
func (l *laptop) openConsole(columns, rows int, args ...string) console {
	l.t.Helper()
	c := l.podtracer(l.t.Context(), append([]string{"--helper-image", helperImage, "--helper-pull-policy", "Never", "--helper-label", "e2e=" + l.label}, args...)...)
	argv := slices.Concat([]string{"env", "-i", "TERM=xterm-256color", "LANG=C.UTF-8"}, c.Env, c.Args)
	term := console{openTerminal(l.t, columns, rows, argv...)}
	term.shows("● live", "q quit")
	return term
}

// pair captures shop/web from two laptops, into a file and in a console, while a witness does so on the node.
type pair struct {
	t             *testing.T
	laptop, other *laptop // of the run, and of the console
	witness       *witness
	console       console
	run           *exec.Cmd
	said          *safeText
}

func newPair(t *testing.T, name string) *pair {
	t.Helper()
	p := &pair{t: t, laptop: newLaptop(t, name, apiServer(t)), other: newLaptop(t, name+"-console", apiServer(t))}
	p.witness, p.said = newWitness(t, 2, "shop/web"), &safeText{}
	p.run = p.laptop.running(t.Context(), "-f", "run.pcapng", "--", "tcpdump", "-i", "eth0", "-n")
	p.run.Stderr = p.said
	if err := p.run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.run.ProcessState == nil {
			_ = p.run.Wait() // the test's context ended it
		}
		if t.Failed() {
			t.Logf("the run said\n%s", p.said.String())
		}
	})
	p.console = p.other.openConsole(120, 35)
	p.console.starts("shop/web", "tcpdump", "-i eth0 -n")
	p.console.until(glance, "packets", func(screen string) bool { return regexp.MustCompile(`\d packets? `).MatchString(screen) })
	p.comesOn()
	return p
}

// comesOn waits until both captures have more packets than now.
func (p *pair) comesOn() {
	p.t.Helper()
	const more = 4000 // bytes
	seen := p.console.number(`N packets?`)
	before := p.laptop.spooled()
	until(p.t, patience, "more packets in both captures", func() bool {
		now := p.laptop.spooled()
		return now > before+more && p.console.number(`N packets?`) > seen+20
	})
}

// spooled is how much of all runs has arrived on the laptop.
func (l *laptop) spooled() (size int64) {
	_ = filepath.WalkDir(filepath.Join(l.dir, ".local"), func(path string, _ os.DirEntry, _ error) error {
		if info, err := os.Stat(path); err == nil && strings.Contains(path, ".spool") {
			size += info.Size()
		}
		return nil
	})
	return size
}

// reconnects waits until both say that the connection broke.
func (p *pair) reconnects(most time.Duration) {
	p.t.Helper()
	p.console.showsWithin(most, "reconnecting, node2 keeps recording: ", "s behind")
	until(p.t, most, "the run to say so", func() bool { return strings.Contains(p.said.String(), "reconnecting, node node2 keeps recording") })
}

// isWhole waits until both go on, ends them, and checks that nothing is missing.
func (p *pair) isWhole() {
	p.t.Helper()
	p.console.hidesWithin(patience, "reconnecting")
	p.comesOn()
	_ = p.run.Process.Signal(os.Interrupt)
	if err := p.run.Wait(); err != nil || !strings.Contains(p.said.String(), "complete") {
		p.t.Errorf("%v: %s", err, p.said.String())
	}
	p.console.press("x")
	p.console.shows("ended: stopped, complete")
	inConsole := filepath.Join(p.other.dir, "console.pcapng")
	p.console.press("s")
	p.console.shows("enter saves")
	p.console.press("C-e", "C-u")
	p.console.types(inConsole)
	p.console.press("Enter")
	p.console.shows("saved ", "sha256")
	said := p.console.number(`saved N packets`)
	p.console.press("q")
	p.console.ends(0)
	if n := len(packetsOf(p.t, inConsole)); n != said {
		p.t.Errorf("the console saved %d packets, tshark counts %d", said, n)
	}
	p.witness.confirms(filepath.Join(p.laptop.dir, "run.pcapng"))
	p.witness.confirms(inConsole)
	noHelperOf(p.t, p.laptop.label)
	noHelperOf(p.t, p.other.label)
}

func TestCapturesOutlastAnAPIServerThatIsKilled(t *testing.T) {
	p := newPair(t, "api")
	down, up := restarting(t, "apiserver", "8") // a shorter outage is not told of at its end
	await(t, "the API server to be down", down)
	p.reconnects(noticed)
	await(t, "the API server to be up", up)
	p.isWhole()
	if said := p.said.String(); !strings.Contains(said, "node node2 is reached again after ") {
		t.Errorf("it did not say how long it was away: %s", said)
	}
}

// cutKubelet drops everything that comes to the kubelet of node2, from the API server above all, until mend is called.
func cutKubelet(t *testing.T) (mend func()) {
	t.Helper()
	const table = "podtracer-e2e"
	mend = sync.OnceFunc(func() {
		if out, err := exec.Command(filepath.Join(clusterScripts, "node-exec.sh"), "2", "nft", "delete", "table", "ip", table).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	onNode(t, 2, "nft", fmt.Sprintf("add table ip %s; add chain ip %[1]s in { type filter hook input priority -200; }; add rule ip %[1]s in tcp dport 10250 drop", table))
	t.Cleanup(mend)
	return mend
}

// Nobody is told that such a connection is gone: only the beats of both sides notice it.
func TestCapturesOutlastAKubeletThatIsCutOff(t *testing.T) {
	p := newPair(t, "cutoff")
	mend := cutKubelet(t)
	p.reconnects(2 * noticed)
	mend()
	p.isWhole()
}

func TestCapturesOutlastAKubeletThatIsKilled(t *testing.T) {
	p := newPair(t, "kubelet")
	down, up := restarting(t, "2", "kubelet", "2")
	await(t, "the kubelet to be down", down)
	p.reconnects(noticed)
	await(t, "the kubelet to be up", up)
	p.isWhole()
}

// The streams of an exec go through the runtime. On node1 it is containerd 1.6, on node2 2.x.
func TestCapturesOutlastARuntimeThatIsKilled(t *testing.T) {
	p := newPair(t, "runtime")
	first := newWitness(t, 1, "shop/client")
	near := newLaptop(t, "runtime1", apiServer(t)) // its helper is on node1
	c := near.podtracer(t.Context(), "run", "--helper-image", helperImage, "--helper-pull-policy", "Never", "--helper-label", "e2e="+near.label,
		"--pod", "shop/client", "-f", "near.pcapng", "--", "tcpdump", "-i", "eth0", "-n")
	said := &safeText{}
	c.Stderr = said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}

	// A console on the node itself asks the runtime for pods, and its tools are its own processes.
	u, _ := newNodeUser(t)
	here := u.openConsole()
	here.shows("● live")
	here.starts("shop/client", "tcpdump", "-i eth0 -n tcp port 80")
	here.shows(traffic)

	// A console in a pod hangs on kubectl exec, which ends with the runtime.
	d := newDebugPod(t, "runtime")
	inPod := d.openConsole(t, 100, 24)
	inPod.starts("shop/client", "tcpdump", "-i eth0 -n")
	inPod.shows(traffic)

	_, up2 := restarting(t, "2", "containerd", "1")
	down, up := restarting(t, "1", "containerd", "1")
	await(t, "node1's runtime to be down", down)
	p.reconnects(2 * noticed)
	await(t, "node1's runtime to be up", up)
	await(t, "node2's runtime to be up", up2)
	before := here.number(`N packets?`)
	here.until(glance, "more packets", func(string) bool { return here.number(`N packets?`) > before+20 })
	here.press("Escape")
	here.starts("shop/two", "ip", "-br address")
	here.shows(podIP(t, "shop/two"), "ended: exit 0")
	here.press("q", "y")
	here.ends(0)

	until(t, patience, "the run on node1 to reconnect", func() bool { return strings.Contains(said.String(), "reconnecting, node node1 keeps recording") })
	p.isWhole()
	_ = c.Process.Signal(os.Interrupt)
	if err := c.Wait(); err != nil || !strings.Contains(said.String(), "complete") {
		t.Errorf("%v: %s", err, said.String())
	}
	first.confirms(filepath.Join(near.dir, "near.pcapng"))
	noHelperOf(t, near.label)

	d.leavesNothing(t, time.Minute)
	d.keepsOneCapture(t)
	d.hasNoSessions(t)
}
