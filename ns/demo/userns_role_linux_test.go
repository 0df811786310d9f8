package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/ns"
)

// Tests that need another process run this test binary again, in the role named by this variable.
const roleEnv = "PODTRACER_TEST_ROLE"

// statusRefused is the exit status of a role whose user namespace was refused.
const statusRefused = 77

// nobody is the user of tests that must not be root.
const nobody = 65534

// TestRole is not a test: the other process runs it.
func TestRole(t *testing.T) {
	switch role := os.Getenv(roleEnv); role {
	case "":
	case "demo": // a demo that runs until it is killed
		d := newBusyDemo(t, t.Context(), 20*time.Millisecond)
		var inodes []uint64
		for _, pod := range d.pods {
			inodes = append(inodes, pod.netns.Inode())
		}
		report(t, inodes)
		select {}
	default:
		if !InUserNamespace() {
			exit, err := RunInUserNamespace(os.Args, os.Stdin, os.Stdout, os.Stderr)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%v (%s)\n", err, hint.Of(err))
				os.Exit(statusRefused)
			}
			os.Exit(exit)
		}
		inUserNamespace(t, role)
	}
}

// inUserNamespace runs in the user namespace.
func inUserNamespace(t *testing.T, role string) {
	switch role {
	case "exit":
		os.Exit(42)
	case "kill":
		if err := unix.Kill(os.Getpid(), unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
	case "signal":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, unix.SIGTERM, unix.SIGHUP, unix.SIGINT)
		report(t, os.Getpid())
		os.Exit(int((<-signals).(syscall.Signal)))
	case "count": // counts the interrupts that come within a moment of the first
		signals := make(chan os.Signal, 10)
		signal.Notify(signals, unix.SIGINT)
		report(t, os.Getpid())
		<-signals
		time.Sleep(300 * time.Millisecond)
		os.Exit(1 + len(signals))
	case "sleep":
		report(t, os.Getpid())
		select {}
	case "view":
		d := newBusyDemo(t, t.Context(), 20*time.Millisecond)
		report(t, viewOf(t, d))
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// view is what a tool sees in a pod.
type view struct {
	UID            int
	Devices, Names string
	Errors         []string
}

func viewOf(t *testing.T, d *Node) view {
	v := view{UID: os.Getuid()}
	err := findPod(t, d, ns.Pod{UID: shopUID}).Enter(func() error {
		run := func(argv ...string) string {
			out, err := exec.CommandContext(t.Context(), argv[0], argv[1:]...).CombinedOutput()
			if err != nil {
				v.Errors = append(v.Errors, fmt.Sprintf("%v: %v: %s", argv, err, out))
			}
			return strings.Join(strings.Fields(string(out)), " ")
		}
		v.Devices = run("ls", "/sys/class/net")
		v.Names = run("getent", "ahostsv4", "cart")
		run("cat", "/sys/class/net/eth0/statistics/rx_fifo_errors")
		if _, err := exec.LookPath("tcpdump"); err == nil { // it changes its user if it can
			run("tcpdump", "-nn", "-i", "eth0", "-c", "1", "-w", "/dev/null")
		}
		return nil
	})
	if err != nil {
		v.Errors = append(v.Errors, err.Error())
	}
	return v
}

func report(t *testing.T, v any) {
	if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
		t.Fatal(err)
	}
}

func roleCommand(t *testing.T, role string, as *syscall.Credential) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second) // no role takes that long
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "-test.run=^TestRole$")
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	return cmd
}

// playRole starts this test binary in a role and reads its report.
func playRole(t *testing.T, role string, as *syscall.Credential, into any) *exec.Cmd {
	t.Helper()
	cmd := roleCommand(t, role, as)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // both errors only say that it has already ended
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if into != nil {
		if err := json.NewDecoder(out).Decode(into); err != nil {
			t.Fatalf("role %s: %v", role, err)
		}
	}
	return cmd
}

// unprivileged returns a user who is not root, if the test may become one.
func unprivileged() *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: nobody, Gid: nobody}
}

func needUserNamespaces(t *testing.T) {
	t.Helper()
	cmd := roleCommand(t, "exit", unprivileged())
	err := cmd.Run()
	if errors.Is(err, unix.EPERM) || (cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == statusRefused) {
		t.Skipf("this test makes a user namespace without root, which is refused here: %v", err)
	}
}
