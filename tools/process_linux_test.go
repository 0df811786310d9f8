package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/tally"
)

func TestStandardOutputComesThroughByteForByte(t *testing.T) {
	n := newNode(t)
	want := randomBytes(5 << 20)
	file := writeScript(t, string(want), 0o600)
	for name, argv := range map[string][]string{
		"in large pieces":                        {"cat", file},
		"in small pieces":                        {"dd", "if=" + file, "bs=1000", "status=none"},
		"with much on standard error in between": {"sh", "-c", `head -c 2000000 "$0"; seq 100000 >&2; tail -c +2000001 "$0"`, file},
	} {
		t.Run(name, func(t *testing.T) {
			r := n.run(t, shop, argv...)
			if r.out != string(want) || r.Status() != 0 || r.Bytes != int64(len(want)) {
				t.Errorf("%d bytes of %d, status %d, %+v", len(r.out), len(want), r.Status(), r.State)
			}
			if saved := n.save(t, r.id, "x"); readAll(t, saved.Path) != string(want) {
				t.Error("the saved file differs")
			}
		})
	}
}

func TestASlowReaderGetsAllAndDoesNotHoldTheTool(t *testing.T) {
	n := newNode(t)
	want := randomBytes(3 << 20)
	id := n.start(t, Request{Pod: shop, Argv: []string{"cat", writeScript(t, string(want), 0o600)}})
	read, write := io.Pipe()
	copied := make(chan error, 1)
	go func() { // ended by the run's output
		copied <- n.Copy(context.Background(), id, write)
		write.Close()
	}()
	first := make([]byte, 10)
	if _, err := io.ReadFull(read, first); err != nil {
		t.Fatal(err)
	}
	n.wait(t, id) // though nobody reads the rest
	rest, err := io.ReadAll(read)
	if err != nil || !bytes.Equal(append(first, rest...), want) || <-copied != nil {
		t.Errorf("%d bytes of %d, %v", len(first)+len(rest), len(want), err)
	}
}

func TestStandardErrorIsApartFromStandardOutput(t *testing.T) {
	n := newNode(t)
	r := n.run(t, shop, "sh", "-c", "echo out; echo err >&2; printf 'out\\r\\n'; printf 'err\\r\\n\\tno end' >&2")
	if r.out != "out\nout\r\n" || r.err != "err\nerr\r\n\tno end" {
		t.Errorf("out %q, err %q", r.out, r.err)
	}
	r = n.run(t, shop, "sh", "-c", "test ! -t 0 && test ! -t 1 && test -t 2 && echo pipes")
	if r.out != "pipes\n" {
		t.Errorf("a tool whose output is piped sees terminals: %+v", r.State)
	}
	r = n.runRequest(t, Request{Pod: shop, Argv: []string{"sh", "-c", "test -t 1 && stty size <&1; echo err >&2"}, Terminal: &launch.Size{Columns: 90, Rows: 33}, Stderr: new(tally.Tail)})
	if r.out != "33 90\n" {
		t.Errorf("where the reader is a terminal, the tool sees %q", r.out)
	}
}

func TestStandardInputIsPassedOn(t *testing.T) {
	n := newNode(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	want := randomBytes(1 << 20)
	go func() { // ended by its end
		_, _ = write.Write(want)
		write.Close()
	}()
	if r := n.runRequest(t, Request{Pod: shop, Argv: []string{"cat"}, Stdin: read}); r.out != string(want) {
		t.Errorf("got %d bytes of %d back", len(r.out), len(want))
	}
	if r := n.run(t, shop, "cat"); r.out != "" || r.Status() != 0 {
		t.Errorf("without standard input there is %q", r.out)
	}
}

func TestEachWayToEndHasItsStatus(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		name    string
		request Request
		status  int
		cause   error
		outcome string
	}{
		{"success", Request{Argv: []string{"true"}}, 0, nil, "exit 0"},
		{"the tool's own status", Request{Argv: []string{"sh", "-c", "exit 3"}}, 3, nil, "exit 3"},
		{"the highest of a tool", Request{Argv: []string{"sh", "-c", "exit 123"}}, 123, nil, "exit 123"},
		{"higher ones mean something else", Request{Argv: []string{"sh", "-c", "exit 200"}}, 123, nil, "exit 200"},
		{"a signal that was not ours", Request{Argv: []string{"sh", "-c", "kill -SEGV $$"}}, 128 + 11, nil, "died of signal 11 (segmentation fault)"},
		{"a kill that was not ours", Request{Argv: []string{"sh", "-c", "kill -KILL $$"}}, 128 + 9, nil, "died of signal 9 (killed)"},
		{"its time is up", Request{Argv: []string{"sleep", "100"}, Limits: Limits{Timer: 50 * time.Millisecond}}, 0, ErrTimer, "stopped: its time was up"},
		{"it ends before its time is up", Request{Argv: []string{"sh", "-c", "exit 4"}, Limits: Limits{Timer: time.Hour}}, 4, nil, "exit 4"},
		{"a tool that winds up with a status of its own", Request{Argv: []string{"sh", "-c", "trap 'exit 9' INT; sleep 100 & wait"}, Limits: Limits{Timer: 300 * time.Millisecond}}, 0, ErrTimer, "stopped: its time was up"},
		{"its size is reached", Request{Argv: []string{"cat", "/dev/zero"}, Limits: Limits{Size: 100_000}}, 0, spool.ErrMaxSize, "stopped: it reached its size limit"},
		{"its size is not reached", Request{Argv: []string{"echo", "x"}, Limits: Limits{Size: 100_000}}, 0, nil, "exit 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.request.Pod = shop
			began := time.Now()
			r := n.runRequest(t, c.request)
			if r.Status() != c.status || !errors.Is(r.Cause, c.cause) || r.Err != nil || r.Outcome() != c.outcome || r.Exit.Killed {
				t.Errorf("status %d, outcome %q: %+v", r.Status(), r.Outcome(), r.State)
			}
			if c.cause == nil && r.Cause != nil {
				t.Errorf("cause %v", r.Cause)
			}
			if limit := c.request.Limits.Size; c.cause == spool.ErrMaxSize && r.Bytes < limit {
				t.Errorf("%d bytes of %d", r.Bytes, limit)
			}
			if took := time.Since(began); took > patience {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestAStopEndsARunAndAStopAfterTheEndIsNoError(t *testing.T) {
	n := newNode(t)
	id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "echo ready; exec sleep 100"}, Text: true})
	n.untilLine(t, id, "ready")
	state := n.stopAndWait(t, id)
	if state.Status() != 0 || !errors.Is(state.Cause, ErrAsked) || state.Exit.Killed || state.Elapsed(time.Now()) <= 0 {
		t.Errorf("got %+v", state)
	}
	if err := n.Stop(id); err != nil {
		t.Error(err)
	}
	if err := n.Stop(99); !errors.Is(err, ErrNoRun) {
		t.Errorf("got %v", err)
	}
	early := n.start(t, Request{Pod: shop, Argv: []string{"sleep", "100"}})
	if state := n.stopAndWait(t, early); state.Status() != 0 || state.Cause == nil {
		t.Errorf("a run that was stopped right after its start: %+v", state)
	}
}

func TestAToolThatCannotBeRunSaysWhyWithTheStatusOfAShell(t *testing.T) {
	n := newNode(t)
	dir := t.TempDir()
	for _, c := range []struct {
		name, tool string
		status     int
		is         error
		hint       string
	}{
		{"a name that nobody knows", "no-such-tool", 127, command.ErrNotInstalled, "install it here"},
		{"a path that does not exist", "/no/such/tool", 127, command.ErrNotInstalled, "install it here"},
		{"a path below a file", "/etc/passwd/x", 127, command.ErrNotInstalled, ""},
		{"a file without the permission", writeScript(t, "#!/bin/sh\n", 0o644), 126, command.ErrNotExecutable, "chmod +x"},
		{"a directory", dir, 126, command.ErrNotExecutable, ""},
		{"a script without an interpreter", writeScript(t, "#!/no/such/interpreter\n", 0o755), 126, command.ErrNotExecutable, ""},
		{"a file that is not a program", writeScript(t, "\x00\x01\x02", 0o755), 126, command.ErrNotExecutable, ""},
		{"an empty name", "", 125, nil, "for example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := n.Start(Request{Pod: shop, Argv: []string{c.tool}})
			if err == nil { // only starting the tool can tell
				state := n.wait(t, id)
				err = state.Err
				if err == nil || state.Status() != c.status || state.Outcome() != err.Error() || !state.Began.IsZero() {
					t.Fatalf("status %d: %+v", state.Status(), state)
				}
			}
			if ErrorStatus(err) != c.status || (c.is != nil && !errors.Is(err, c.is)) || !strings.Contains(hint.Of(err), c.hint) {
				t.Errorf("status %d, %v, hint %q", ErrorStatus(err), err, hint.Of(err))
			}
		})
	}
}

func TestARelativeEntryOfThePathIsNeverUsed(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("evil-tool", []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", ".", ":/usr/bin", "/usr/bin:", "/usr/bin::/bin", "../" + filepath.Base(dir)} {
		t.Setenv("PATH", path)
		if got, err := command.Locate("evil-tool"); !errors.Is(err, command.ErrNotInstalled) {
			t.Errorf("with PATH=%q: got %s, %v", path, got, err)
		}
		if got, err := command.Locate("ip"); err != nil || !filepath.IsAbs(got) {
			t.Errorf("with PATH=%q: ip is %s, %v", path, got, err)
		}
	}
	if got, err := command.Locate("./evil-tool"); err != nil {
		t.Errorf("a path of one's own: %s, %v", got, err)
	}
}

func TestTwoHundredRunsAtOnceAreEachInTheirOwnPodAndNoThreadStaysThere(t *testing.T) {
	n := newNode(t)
	var before string
	eventually.Nil(t, patience, func() error { // a thread of an earlier test may still be ending
		if before = threadNamespaces(t); strings.Count(before, ":[") != 2 {
			return errors.New("threads are in " + before)
		}
		return nil
	})
	want := map[string]string{}
	for _, pod := range []k8s.Pod{shop, cart} {
		want[pod.Name] = fmt.Sprintf("net:[%d]\n", n.inode(t, pod))
	}
	if want[shop.Name] == want[cart.Name] || strings.Contains(before, strings.TrimSpace(want[shop.Name])) {
		t.Fatalf("the pods share a namespace: %v and %s", want, before)
	}
	var waiting sync.WaitGroup
	for i := range 200 {
		pod := []k8s.Pod{shop, cart}[i%2]
		id := n.start(t, Request{Pod: pod, Argv: []string{"readlink", "/proc/self/ns/net"}, Stderr: new(tally.Tail), Text: i%4 == 3})
		waiting.Go(func() { // ended by the run
			var out bytes.Buffer
			err := n.Copy(context.Background(), id, &out)
			state, _ := n.Wait(context.Background(), id)
			if out.String() != want[pod.Name] || err != nil || state.Status() != 0 {
				t.Errorf("run %d in %s was in %q, want %q; %v, %+v", id, pod.Name, out.String(), want[pod.Name], err, state)
			}
		})
	}
	waiting.Wait()
	eventually.Nil(t, patience, func() error { // a thread may still be ending
		if after := threadNamespaces(t); after != before {
			return fmt.Errorf("threads are in %s, before in %s", after, before)
		}
		return nil
	})
}

// threadNamespaces lists the network and mount namespaces that any thread of this process is in.
func threadNamespaces(t *testing.T) string {
	t.Helper()
	all := map[string]bool{}
	for _, file := range append(globbed("/proc/self/task/*/ns/net"), globbed("/proc/self/task/*/ns/mnt")...) {
		if target, err := os.Readlink(file); err == nil {
			all[target] = true
		}
	}
	if ours, err := os.Readlink("/proc/self/ns/net"); err != nil || !all[ours] {
		t.Fatalf("/proc/self/ns/net is %s, %v", ours, err)
	}
	return fmt.Sprint(all)
}
