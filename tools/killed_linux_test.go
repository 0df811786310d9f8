package tools

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
)

// killedVariable marks the process that acts as the podtracer to be killed; its value is a data directory and a name in
// killedCases. Its tools inherit the variable.
const killedVariable = "PODTRACER_TEST_KILLED"

// killedCases are captures in which tcpdump could hold packets back.
var killedCases = map[string]struct {
	change     func(*Request)
	unbuffered bool // tcpdump has -U, because its packets come through podtracer
}{
	"as it comes":             {func(*Request) {}, false},
	"one's stream":            {func(r *Request) { r.Argv = slices.Insert(r.Argv, 1, "-w", "-") }, false},
	"ring":                    {func(r *Request) { r.Ring.Size = 8 << 20 }, true},
	"ring of headers":         {func(r *Request) { r.Ring.Size, r.Headers = 8<<20, true }, true},
	"ring that a line stops":  {func(r *Request) { r.Ring = Ring{Size: 8 << 20, FreezeOn: regexp.MustCompile("no such text")} }, true},
	"headers":                 {func(r *Request) { r.Headers = true }, true},
	"headers of one's stream": {func(r *Request) { r.Headers, r.Argv = true, slices.Insert(r.Argv, 1, "-w", "-") }, true},
}

// fewPackets is so few that tcpdump, which writes 4 KiB at once, would hold all of them back.
const fewPackets = 10

func TestWhatWasCapturedIsThereAfterPodtracerAndAllItsToolsAreKilled(t *testing.T) {
	if value := os.Getenv(killedVariable); value != "" {
		captureUntilKilled(t, value)
	}
	needNamespaces(t)
	for name, c := range killedCases {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			killWithTools(t, killedVariable+"="+data+":"+name)
			list, err := store.Open(data, save.Maker{}).List()
			if err != nil || len(list) != 1 || list[0].Packets != fewPackets || slices.Contains(list[0].Argv, "-U") != c.unbuffered {
				t.Fatalf("%+v, %v", list, err)
			}
			out := save.Target{Path: filepath.Join(t.TempDir(), "x.pcap")}
			if saved, err := store.Open(data, save.Maker{}).Save(t.Context(), list[0].ID, out); err != nil || saved.Packets != fewPackets {
				t.Errorf("%+v, %v", saved, err)
			}
		})
	}
}

// captureUntilKilled is the main function of the process that is killed.
func captureUntilKilled(t *testing.T, value string) {
	data, name, _ := strings.Cut(value, ":")
	n := newNodeAt(t, data)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) {
		r.Text, r.Packets = false, true // as on the command line, with -f x.pcap
		killedCases[name].change(r)
	})
	s.send(t, fewPackets, 100)
	eventually.Nil(t, patience, func() error {
		if came := inSpools(t, data); came < fewPackets {
			return fmt.Errorf("want %d packets in the spool, got %d: %+v", fewPackets, came, n.state(t, id))
		}
		return nil
	})
	os.Stdout.WriteString("captured\n")
	select {} // until it is killed
}

// inSpools returns the number of packets in all spools of a data directory.
func inSpools(t *testing.T, data string) (packets int64) {
	t.Helper()
	for _, path := range globbed(data + "/sessions/*/*.spool*") {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		stream, err := pcap.NewReader(f)
		for err == nil {
			if _, err = stream.Next(); err == nil {
				packets++
			}
		}
		f.Close()
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatal(err)
		}
	}
	return packets
}

// killWithTools starts this test as a podtracer, with mark in its environment. When that podtracer has captured something, it
// and all its tools are killed at once, as by a power loss.
func killWithTools(t *testing.T, mark string) {
	t.Helper()
	test, _, _ := strings.Cut(t.Name(), "/")
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), mark)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len("captured\n"))
	if _, err := io.ReadFull(stdout, said); err != nil || string(said) != "captured\n" {
		rest, _ := io.ReadAll(stdout)
		_ = cmd.Wait() // the process has failed
		t.Fatalf("nothing was captured: %v, %s%s", err, said, rest)
	}
	stopped(t, cmd.Process.Pid, func() { // podtracer must not see its tools end
		eventually.Nil(t, patience, func() error {
			left := marked(mark)
			delete(left, cmd.Process.Pid)
			pids := slices.Sorted(maps.Keys(left))
			slices.Reverse(pids) // kill a tool before its guard, which would end the tool in its own way
			for _, pid := range pids {
				_ = syscall.Kill(pid, syscall.SIGKILL) // the process may be gone
			}
			if len(left) > 0 {
				return fmt.Errorf("there are still: %v", left)
			}
			return nil
		})
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
	})
	_ = cmd.Wait()                                    // the error says that it was killed
	for err = nil; !errors.Is(err, syscall.ECHILD); { // a process that has guards inherits the orphans of its children; reap them
		_, err = syscall.Wait4(-1, nil, 0, nil)
	}
}
