package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
)

func TestASessionThatNobodyHoldsIsSweptAndOneThatLivesIsKept(t *testing.T) {
	data := t.TempDir()
	open := func() *Runs {
		runs, err := NewRuns(t.Context(), Deps{DataDir: data})
		if err != nil {
			t.Fatal(err)
		}
		return runs
	}
	living := open()
	leaveRun(t, data, "stal2", report.Record{Argv: []string{"true"}}, nil)
	stale, session := filepath.Join(data, "sessions", "stal2"), living.dir.session.dir
	for _, file := range []string{session.Join("1.spool"), filepath.Join(data, "saved.pcap")} {
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	next := open()
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the stale session is still there: %v", err)
	}
	for _, kept := range []string{session.Join("1.spool"), filepath.Join(data, "saved.pcap")} {
		if _, err := os.Stat(kept); err != nil {
			t.Errorf("swept away: %v", err)
		}
	}
	for _, dir := range []string{data + "/sessions", next.dir.session.dir.Path()} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, %v", dir, info.Mode(), err)
		}
	}
	closeInTime(t, next)
	if err := session.Remove("1.spool"); err != nil {
		t.Error(err)
	}
	closeInTime(t, living)
	if left := globbed(data + "/sessions/*"); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
}

func TestManyPodtracersMayStartAtOnceInOneDataDirectory(t *testing.T) {
	data := t.TempDir()
	var starting sync.WaitGroup
	for range 16 {
		starting.Go(func() { // ended by its loop
			for range 20 {
				d, err := openDataDir(data)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := spool.New(d.session.dir, "1.spool", spool.Kind{}); err != nil {
					t.Errorf("its session was swept away: %v", err)
				}
				if err := d.close(nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	starting.Wait()
}

// victim is a podtracer that has started its tools and is then killed.
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
			if _, err := runs.Start(Request{Pod: shop, Argv: argv, Text: text, Stderr: new(tail)}); err != nil {
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
	eventually(t, patience, func() error {
		running := marked(mark)
		tcpdumps := 0
		for _, line := range running {
			if strings.HasPrefix(line, "tcpdump ") {
				tcpdumps++
			}
		}
		// Those that make text of two of the captures are there too.
		if countSleeps(running) < 14 || tcpdumps < 6 {
			return fmt.Errorf("not all tools have started: %v", running)
		}
		return nil
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	eventually(t, 2*time.Second, func() error {
		if left := marked(mark); len(left) > 0 {
			return fmt.Errorf("2 s later there are still: %v", left)
		}
		return nil
	})
	for err = nil; err == nil; { // who has guards of its own is the reaper of the victim's, too
		_, err = syscall.Wait4(-1, nil, 0, nil)
	}
	if left := globbed(data + "/sessions/*/*.spool"); len(left) != 2*len(stubborn) {
		t.Fatalf("the victim had %d spools", len(left))
	}
	next, err := NewRuns(t.Context(), Deps{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := OpenStore(data, save.Maker{}).List()
	if err != nil || len(kept) == 0 || len(kept) != next.Left() {
		t.Errorf("the next one found %d, and there are %d: %v", next.Left(), len(kept), err)
	}
	for _, k := range kept {
		if k.Kind != KeptLeft || k.Bytes == 0 || k.Pod.Name == "" || k.Capture != (k.Argv[0] == "tcpdump") {
			t.Errorf("kept: %+v", k)
		}
		if err := OpenStore(data, save.Maker{}).Remove(k.ID); err != nil {
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
		t.Errorf("what held nothing was not swept: %v", left)
	}
}
