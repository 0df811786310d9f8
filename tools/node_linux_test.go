package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/demo"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/text"
)

// graceful is how long a tool may take to end after it was asked to: 3 s after SIGINT, 2 s after SIGTERM.
const graceful = 5 * time.Second

// patience is how long a test waits for an event that must come.
const patience = time.Minute

var (
	shopAddr = netip.MustParseAddr("10.244.0.11")
	cartAddr = netip.MustParseAddr("10.244.0.12")
	dnsAddr  = netip.MustParseAddr("10.244.0.10")

	here = k8s.Node{Name: "node-a", Sure: true}
	shop = podOf("shop", shopAddr)
	cart = podOf("cart", cartAddr)
	dns  = podOf("dns", dnsAddr)
)

func podOf(name string, addr netip.Addr) k8s.Pod {
	return k8s.Pod{
		Namespace: "shop", Name: name, UID: "uid-" + name, Node: here.Name, Phase: "Running", Status: "Running",
		Ready: 1, Containers: 1, IPs: []string{addr.String()},
	}
}

// onThisNode checks pods and tools as podtracer's own launcher does, for launchers that start no process.
type onThisNode struct{}

func (onThisNode) Reach(pod *k8s.Pod) launch.Reach { return (&launch.Local{Here: here}).Reach(pod) }

func (onThisNode) Locate(_ *k8s.Pod, tool string) error { return (&launch.Local{}).Locate(nil, tool) }

// node is a node with three pods, which are real network namespaces, and a podtracer on it.
type node struct {
	*Runs
	demo *demo.Node
	data string
	pods *fakePods
}

// fakePods tells what happens to pods, as the API would.
type fakePods struct {
	mu   sync.Mutex
	gone map[string]chan k8s.Fate // by UID
}

func (p *fakePods) of(uid string) chan k8s.Fate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone == nil {
		p.gone = map[string]chan k8s.Fate{}
	}
	if p.gone[uid] == nil {
		p.gone[uid] = make(chan k8s.Fate)
	}
	return p.gone[uid]
}

func (p *fakePods) Gone(ctx context.Context, pod Pod) (k8s.Fate, error) {
	select {
	case fate := <-p.of(pod.UID):
		return fate, nil
	case <-ctx.Done():
		return k8s.Fate{}, ctx.Err()
	}
}

// newNode makes a node. At the end of the test it checks that no goroutine, process or file of podtracer is left.
func newNode(t testing.TB) *node {
	t.Helper()
	return newNodeAt(t, t.TempDir())
}

func newNodeAt(t testing.TB, data string) *node {
	t.Helper()
	demo := newDemo(t)
	pods := &fakePods{}
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: here}, Pods: pods, DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closeInTime(t, runs)
		if left, err := os.ReadDir(filepath.Join(data, "sessions")); err != nil || len(left) > 0 {
			t.Errorf("left in the data directory: %v, %v", left, err)
		}
	})
	return &node{Runs: runs, demo: demo, data: data, pods: pods}
}

func newDemo(t testing.TB) *demo.Node {
	t.Helper()
	needNamespaces(t)
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		if waiting.Load() > 0 {
			return
		}
		if err := left(before); err != nil {
			t.Error(err)
		}
	})
	demo, err := nsDemo()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := demo.Close(); err != nil {
			t.Error(err)
		}
	})
	return demo
}

// nsDemo makes the pods.
func nsDemo() (*demo.Node, error) {
	demo, err := demo.New()
	if err != nil {
		return nil, err
	}
	for _, pod := range []k8s.Pod{shop, cart, dns} {
		if err := demo.AddPod(pod.UID, netip.MustParseAddr(pod.IP())); err != nil {
			return nil, errors.Join(err, demo.Close())
		}
	}
	return demo, nil
}

// closeInTime closes runs, and fails if that takes longer than the most stubborn tool is given to end.
func closeInTime(t testing.TB, runs *Runs) {
	t.Helper()
	closed := make(chan error, 1)
	go func() { closed <- runs.Close() }() // ended by Close
	select {
	case err := <-closed:
		if err != nil {
			t.Errorf("close: %v", err)
		}
	case <-time.After(graceful + patience):
		t.Fatal("Close does not end")
	}
}

// needNamespaces skips a test if network namespaces cannot be made because that is forbidden, and for no other reason.
func needNamespaces(t testing.TB) {
	t.Helper()
	if err := ns.CheckNamespaces(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skipf("this test makes network namespaces, which is refused here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// needTools fails a test if a tool is not installed, and says how to install it.
func needTools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := command.Locate(name); err != nil {
			t.Fatalf("%v; %s", err, command.HowToInstall(name))
		}
	}
}

// result is a run that has ended.
type result struct {
	State
	id  RunID
	out string // standard output, byte for byte
	err string
}

// run runs a tool until it ends, as `podtracer run` does.
func (n *node) run(t *testing.T, pod k8s.Pod, argv ...string) result {
	t.Helper()
	return n.runRequest(t, Request{Pod: pod, Argv: argv})
}

func (n *node) runRequest(t *testing.T, req Request) result {
	t.Helper()
	needTools(t, req.Argv[0])
	var stderr bytes.Buffer // only the run writes to it; read after the run has ended
	if req.Stderr == nil && !req.Text {
		req.Stderr = &stderr
	}
	id := n.start(t, req)
	var out bytes.Buffer
	if err := n.Copy(within(t, 3*patience), id, &out); err != nil {
		t.Fatalf("%s: copy: %v", command.Join(req.Argv), err)
	}
	return result{State: n.wait(t, id), id: id, out: out.String(), err: stderr.String()}
}

func (n *node) start(t *testing.T, req Request) RunID {
	t.Helper()
	id, err := n.Start(req)
	if err != nil {
		t.Fatalf("start %s: %v", command.Join(req.Argv), err)
	}
	return id
}

func (n *node) wait(t *testing.T, id RunID) State {
	t.Helper()
	state, err := n.Wait(within(t, 2*patience), id)
	if err != nil {
		t.Fatalf("run %d does not end: %v", id, err)
	}
	return state
}

// until waits until a run's state satisfies is.
func (n *node) until(t *testing.T, id RunID, what string, is func(State) bool) State {
	t.Helper()
	ctx := within(t, patience)
	for seen := uint64(0); ; {
		list, version, err := n.Next(ctx, seen)
		if err != nil {
			t.Fatalf("run %d: %s never came: %+v", id, what, n.state(t, id))
		}
		if s := list[id-1]; is(s) {
			return s
		}
		seen = version
	}
}

func (n *node) state(t *testing.T, id RunID) State {
	t.Helper()
	list, _, err := n.Next(within(t, patience), 0)
	if err != nil {
		t.Fatal(err)
	}
	return list[id-1]
}

// newer waits for lines of a run after the line number after. end says whether they are the last lines.
func (n *node) newer(ctx context.Context, t *testing.T, id RunID, after uint64) (lines []text.Line, end bool) {
	t.Helper()
	content := TextID{Run: id}
	for seen := (text.State{}); ; {
		state, err := n.Text(ctx, content, seen)
		if err != nil {
			t.Fatalf("text of run %d: %v", id, err)
		}
		if seen = state; state.Last <= after && !state.Ended {
			continue
		}
		if state.First > after+1 {
			t.Fatalf("lines %d to %d are not kept", after+1, state.First-1)
		}
		last := min(state.Last, after+4096)
		numbers := make([]uint64, 0, last-after)
		for number := after + 1; number <= last; number++ {
			numbers = append(numbers, number)
		}
		if lines, err = n.Lines(ctx, content, numbers); err != nil || len(lines) < len(numbers) {
			t.Fatalf("got %d of %d lines of run %d: %v", len(lines), len(numbers), id, err)
		}
		return lines, state.Ended && last == state.Last
	}
}

// untilLine waits for a line that contains a text.
func (n *node) untilLine(t *testing.T, id RunID, content string) {
	t.Helper()
	ctx := within(t, patience)
	for after := uint64(0); ; {
		lines, end := n.newer(ctx, t, id, after)
		if slices.ContainsFunc(lines, func(l text.Line) bool { return strings.Contains(l.Text, content) }) {
			return
		}
		if end {
			t.Fatalf("run %d ended without a line with %q: %+v", id, content, n.state(t, id))
		}
		after += uint64(len(lines))
	}
}

// allLines reads all lines of a run until it ends: its output, and the notes beside it.
func (n *node) allLines(t *testing.T, id RunID) (content, notes []string) {
	t.Helper()
	ctx := within(t, 2*patience)
	for after, end := uint64(0), false; !end; {
		var lines []text.Line
		lines, end = n.newer(ctx, t, id, after)
		for _, line := range lines {
			if line.Note {
				notes = append(notes, line.Text)
			} else {
				content = append(content, line.Text)
			}
		}
		after += uint64(len(lines))
	}
	return content, notes
}

// waitingWriter keeps what is written to it, and lets a test wait for a text in that.
type waitingWriter struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written chan struct{}
}

func newWaitingWriter() *waitingWriter { return &waitingWriter{written: make(chan struct{}, 1)} }

func (w *waitingWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.written <- struct{}{}:
	default:
	}
	return w.text.Write(p)
}

func (w *waitingWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func (w *waitingWriter) until(t *testing.T, text string) {
	t.Helper()
	late := time.After(patience)
	for !strings.Contains(w.String(), text) {
		select {
		case <-w.written:
		case <-late:
			t.Fatalf("%q never came, got %q", text, w.String())
		}
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// onHost runs a command on the host, outside of all pods.
func onHost(t *testing.T, argv ...string) string {
	t.Helper()
	needTools(t, argv[0])
	path, err := command.Locate(argv[0])
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command.Join(argv), err, out)
	}
	return string(out)
}

// inode returns the inode of a pod's network namespace, as the finder sees it.
func (n *node) inode(t *testing.T, pod k8s.Pod) uint64 {
	t.Helper()
	netns, err := n.demo.Find(t.Context(), ns.Pod{UID: pod.UID, HostNetwork: pod.HostNetwork})
	if err != nil {
		t.Fatal(err)
	}
	defer netns.Close()
	return netns.Inode()
}

// tmpfs mounts a small disk.
func tmpfs(t *testing.T, options string) string {
	t.Helper()
	needNamespaces(t) // whoever may make namespaces may mount too
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatalf("mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil { // busy if podtracer still has a file open
			t.Errorf("unmount %s: %v", dir, err)
			_ = unix.Unmount(dir, unix.MNT_DETACH)
		}
	})
	return dir
}

// marked lists the living processes with this text in their environment, and their command lines. A process keeps its
// environment even if it changes its session, group, parent or user.
func marked(mark string) map[int]string {
	found := map[int]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(environ, []byte(mark)) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		line, _ := os.ReadFile(filepath.Dir(file) + "/cmdline")
		found[pid] = strings.ReplaceAll(strings.TrimSuffix(string(line), "\x00"), "\x00", " ")
	}
	return found
}

func writeScript(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tool")
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func containsAll(text string, want ...string) error {
	for _, w := range want {
		if !strings.Contains(text, w) {
			return fmt.Errorf("%q is not in:\n%s", w, text)
		}
	}
	return nil
}
