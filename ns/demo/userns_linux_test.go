package demo

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/eventually"
)

func TestWithoutRootTheDemoRunsInAUserNamespaceAndAToolSeesThePod(t *testing.T) {
	needUserNamespaces(t)
	var got view
	if cmd := playRole(t, "view", unprivileged(), &got); cmd.Wait() != nil {
		t.Errorf("it ended with %v", cmd.ProcessState)
	}
	if !strings.Contains(got.Names, cartAddr.String()) {
		t.Errorf("the name cart is %q, want %s", got.Names, cartAddr)
	}
	got.Names = ""
	want := view{UID: os.Getuid(), Devices: "eth0 lo"}
	if as := unprivileged(); as != nil {
		want.UID = int(as.Uid)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what a tool sees: %s", diff)
	}
}

func TestTheExitStatusOfTheUserNamespaceIsPassedOn(t *testing.T) {
	needUserNamespaces(t)
	for role, want := range map[string]int{"exit": 42, "kill": 128 + 9} {
		cmd := playRole(t, role, unprivileged(), nil)
		_ = cmd.Wait() // the status is checked
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: got %d, want %d", role, got, want)
		}
	}
}

func TestSignalsThatReachOnlyTheParentArePassedOn(t *testing.T) {
	needUserNamespaces(t)
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP) // undoes nohup(1), so that the process started here gets SIGHUP
	defer signal.Reset(unix.SIGHUP)
	for _, s := range []syscall.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT} {
		var pid int
		cmd := playRole(t, "signal", unprivileged(), &pid)
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the status is checked
		if got := cmd.ProcessState.ExitCode(); got != int(s) {
			t.Errorf("%v: got status %d", s, got)
		}
	}
}

func TestAnInterruptTypedAtTheTerminalComesOnce(t *testing.T) {
	needUserNamespaces(t)
	cmd := roleCommand(t, "count", nil)
	cmd.Stderr = nil
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if _, err := bufio.NewReader(terminal).ReadString('\n'); err != nil { // it is ready
		t.Fatal(err)
	}
	if _, err := terminal.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the status is checked
	if got := cmd.ProcessState.ExitCode(); got != 1 {
		t.Errorf("%d interrupts came, want 1", got)
	}
}

func TestTheProcessInTheUserNamespaceDiesWithItsParent(t *testing.T) {
	needUserNamespaces(t)
	var pid int
	cmd := playRole(t, "sleep", unprivileged(), &pid)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, soon, func() error { return isGone(pid) })
}

// isGone checks that a process has ended; an unreaped zombie counts as ended.
func isGone(pid int) error {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil || strings.Contains(string(stat), ") Z ") {
		return nil
	}
	return fmt.Errorf("still there: %s", stat)
}

func TestSIGKILLOfADemoLeavesNoNamespace(t *testing.T) {
	needNamespaces(t)
	var inodes []uint64
	cmd := playRole(t, "demo", nil, &inodes)
	if len(inodes) != 4 {
		t.Fatalf("namespaces of the demo: %v", inodes)
	}
	for _, inode := range inodes {
		if len(holdersOf(t, inode)) == 0 {
			t.Errorf("nobody holds net:[%d] while the demo runs", inode)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the error says that it was killed
	eventually.Nil(t, soon, func() error {
		for _, inode := range inodes {
			if holders := holdersOf(t, inode); len(holders) > 0 {
				return fmt.Errorf("net:[%d] is held by %v", inode, holders)
			}
		}
		return nil
	})
}

// holdersOf lists what keeps a network namespace: threads in it, descriptors and mounts.
func holdersOf(t *testing.T, inode uint64) (holders []string) {
	t.Helper()
	name := fmt.Sprintf("net:[%d]", inode)
	for _, pattern := range []string{"/proc/[0-9]*/task/*/ns/net", "/proc/[0-9]*/fd/*"} {
		links, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			if target, err := os.Readlink(link); err == nil && target == name {
				holders = append(holders, link)
			}
		}
	}
	tables, err := filepath.Glob("/proc/[0-9]*/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if mounts, err := os.ReadFile(table); err == nil && strings.Contains(string(mounts), name) {
			holders = append(holders, table)
		}
	}
	return holders
}

func TestTheHintNamesWhatRefusesUserNamespaces(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for want, proc := range map[string]fstest.MapFS{
		"user.max_user_namespaces":                     {"sys/user/max_user_namespaces": file("0\n")},
		"kernel.unprivileged_userns_clone=1":           {"sys/kernel/unprivileged_userns_clone": file("0\n"), "sys/user/max_user_namespaces": file("100\n")},
		"kernel.apparmor_restrict_unprivileged_userns": {"sys/kernel/apparmor_restrict_unprivileged_userns": file("1\n")},
		"seccomp":                              {"self/status": file("Name:\tx\nSeccomp:\t2\n")},
		"root with CAP_SYS_ADMIN, or a system": {},
	} {
		if got := refusalHint(proc); !strings.Contains(got, want) {
			t.Errorf("got %q, want it to name %s", got, want)
		}
	}
}
