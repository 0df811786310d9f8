package tools

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/tools/tally"
)

// victim acts as a podtracer that has started its tools and waits to be killed.
func victim(data string) {
	demo, err := nsDemo()
	if err != nil {
		panic(err)
	}
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: here}, Pods: &fakePods{}, DataDir: data})
	if err != nil {
		panic(err)
	}
	for _, text := range []bool{true, false} {
		for name, argv := range stubborn {
			if _, err := runs.Start(Request{Pod: shop, Argv: argv, Text: text, Stderr: new(tally.Tail)}); err != nil {
				panic(name + ": " + err.Error())
			}
		}
	}
	var seen uint64
	for running := 0; running < 2*len(stubborn); {
		list, version, err := runs.Next(context.Background(), seen)
		if err != nil {
			panic(err)
		}
		running, seen = 0, version
		for _, s := range list {
			if s.Phase == Running {
				running++
			}
		}
	}
	os.Stdout.WriteString("running\n")
	select {} // until it is killed
}

func TestAPodtracerThatIsKilledLeavesNoProcessAndTheNextOneFindsWhatItKept(t *testing.T) {
	needNamespaces(t)
	needTools(t, "tcpdump", "setsid")
	data := t.TempDir()
	mark := victimEnv + "=" + data
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), mark)
	said := newWaitingWriter()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("running\n"))
	if _, err := io.ReadFull(stdout, line); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatalf("%v: %s", err, said)
	}
	eventually.Nil(t, patience, func() error {
		running := marked(mark)
		tcpdumps := 0
		for _, line := range running {
			if strings.HasPrefix(line, "tcpdump ") {
				tcpdumps++
			}
		}
		// The decoders of two captures are running, too.
		if countSleeps(running) < 14 || tcpdumps < 6 {
			return fmt.Errorf("not all tools have started: %v", running)
		}
		return nil
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	eventually.Nil(t, 2*time.Second, func() error {
		if left := marked(mark); len(left) > 0 {
			return fmt.Errorf("still running 2 s later: %v", left)
		}
		return nil
	})
	for err = nil; err == nil; { // a process that has guards inherits the victim's orphans; reap them
		_, err = syscall.Wait4(-1, nil, 0, nil)
	}
	if left := globbed(data + "/sessions/*/*.spool"); len(left) != 2*len(stubborn) {
		t.Fatalf("the victim had %d spools", len(left))
	}
	next, err := NewRuns(t.Context(), Deps{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(data, save.Maker{}).List()
	if err != nil || len(kept) == 0 || len(kept) != next.Left() {
		t.Errorf("the next podtracer found %d runs, %d are kept: %v", next.Left(), len(kept), err)
	}
	for _, k := range kept {
		if k.Kind != store.Left || k.Bytes == 0 || k.Pod.Name == "" || k.Capture != (k.Argv[0] == "tcpdump") {
			t.Errorf("kept: %+v", k)
		}
		if err := store.Open(data, save.Maker{}).Remove(k.ID); err != nil {
			t.Error(err)
		}
	}
	closeInTime(t, next)
	last, err := NewRuns(t.Context(), Deps{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	closeInTime(t, last)
	if left := globbed(data + "/sessions/*"); len(left) > 0 {
		t.Errorf("empty sessions were not removed: %v", left)
	}
}

// silentVariable marks the process that acts as a podtracer whose tool has written nothing yet; its value is a data directory.
const silentVariable = "PODTRACER_TEST_SILENT"

func TestASessionIsNotSweptWhileAToolOfItMayStillWrite(t *testing.T) {
	if data := os.Getenv(silentVariable); data != "" {
		n := newNodeAt(t, data)
		id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "trap '' TERM; sleep 1000; sleep 1000"}})
		n.until(t, id, "a start", func(s State) bool { return s.Phase == Running })
		os.Stdout.WriteString("running\n")
		select {} // until it is killed
	}
	needNamespaces(t)
	data := t.TempDir()
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), silentVariable+"="+data)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, len("running\n"))); err != nil {
		t.Error(err)
	}
	guards := childrenOf(t, cmd.Process.Pid)
	for _, pid := range guards { // so that the tool lives for as long as this test wants
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	spools := func() []string {
		next, err := NewRuns(t.Context(), Deps{DataDir: data})
		if err != nil {
			t.Fatal(err)
		}
		defer closeInTime(t, next)
		return globbed(data + "/sessions/*/*.spool")
	}
	if there := spools(); len(there) != 1 {
		t.Errorf("while its tool runs there are %v", there)
	}
	for _, pid := range guards {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
	eventually.Nil(t, patience, func() error {
		if there := spools(); len(there) > 0 {
			return fmt.Errorf("no process holds the spool, but it was not removed: %v", there)
		}
		return nil
	})
	for err = nil; err == nil; { // reap the orphans
		_, err = syscall.Wait4(-1, nil, 0, nil)
	}
}

// childrenOf returns the children of all threads of a process (proc_tid_children(5)).
func childrenOf(t *testing.T, pid int) (children []int) {
	t.Helper()
	for _, path := range globbed(fmt.Sprintf("/proc/%d/task/*/children", pid)) {
		list, _ := os.ReadFile(path) // a thread may have ended
		for _, word := range strings.Fields(string(list)) {
			if child, err := strconv.Atoi(word); err == nil {
				children = append(children, child)
			}
		}
	}
	if len(children) == 0 {
		t.Error("no guards")
	}
	return children
}
