package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
)

// userNamespaceMark is set in the environment of what RunInUserNamespace starts, to the process id of its parent, so
// that a podtracer started by hand from in there is not taken for it.
const userNamespaceMark = "PODTRACER_USER_NAMESPACE_OF"

// InUserNamespace says whether this process was started by RunInUserNamespace.
func InUserNamespace() bool {
	return os.Getenv(userNamespaceMark) == strconv.Itoa(os.Getppid())
}

// RunInUserNamespace runs this program again, with the arguments argv[1:], in a user namespace of its own, and returns
// its exit status. There it may make namespaces and work in them, without being root outside; what it does not make
// stays as it is, also its network and the owner of its files.
//
// The program shares terminal, session and process group with this one, and dies with it. Signals end it, not this
// process: SIGTERM and SIGHUP are passed on, SIGINT only if it was not typed at a terminal, which sends it to both.
//
// Errors: the user namespace is refused, with a hint by what.
func RunInUserNamespace(argv []string, stdin, stdout, stderr *os.File) (exit int, err error) {
	// Pdeathsig is tied to the thread that starts the process (prctl(2)).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	ends := []os.Signal{unix.SIGINT, unix.SIGTERM}
	if !signal.Ignored(unix.SIGHUP) {
		ends = append(ends, unix.SIGHUP)
	}
	signal.Ignore(ends...)             // nobody else in this process acts on them: it is the other one that winds up
	signals := make(chan os.Signal, 3) // one of each kind; more of the same say nothing new
	signal.Notify(signals, ends...)
	defer signal.Stop(signals)

	cmd := userNamespaceCommand(argv, os.Getuid(), os.Getgid())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	if err := cmd.Start(); err != nil {
		return 0, refused(fmt.Errorf("start podtracer in a user namespace: %w", err))
	}
	ended, passed := make(chan struct{}), make(chan struct{})
	go func() { // ended by the end of the process, below
		defer close(passed)
		passSignals(cmd.Process, signals, ended)
	}()
	err = cmd.Wait()
	close(ended)
	<-passed

	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return 0, fmt.Errorf("wait for podtracer in a user namespace: %w", err)
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

// userNamespaceCommand does not make the caller root in there, but gives capabilities to who it is. As root, tcpdump
// would insist on changing to another user and group, and there is none in a user namespace that was made without root.
func userNamespaceCommand(argv []string, uid, gid int) *exec.Cmd {
	return &exec.Cmd{
		Path: "/proc/self/exe",
		Args: argv,
		Env:  append(os.Environ(), userNamespaceMark+"="+strconv.Itoa(os.Getpid())),
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags:                 unix.CLONE_NEWUSER,
			UidMappings:                []syscall.SysProcIDMap{{ContainerID: notRoot(uid), HostID: uid, Size: 1}},
			GidMappings:                []syscall.SysProcIDMap{{ContainerID: notRoot(gid), HostID: gid, Size: 1}},
			GidMappingsEnableSetgroups: false, // with true the kernel refuses the mapping of a group (user_namespaces(7))
			// Ambient ones reach the tools through execve(2); DNS and web servers of the demo bind ports below 1024.
			AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_NET_BIND_SERVICE},
			Pdeathsig:   unix.SIGKILL,
		},
	}
}

// notRoot is the id itself, but for that of a root without the right to make namespaces, such as a container's.
func notRoot(id int) int {
	if id == 0 {
		return overflowID
	}
	return id
}

// overflowID is "nobody" on most systems (proc_sys_kernel(5), overflowuid).
const overflowID = 65534

// passSignals passes signals on until ended is closed. Where one has come and the process has just ended, there is
// nothing left to tell it.
func passSignals(process *os.Process, signals <-chan os.Signal, ended <-chan struct{}) {
	for {
		select {
		case s := <-signals:
			if s == unix.SIGINT && foreground() {
				continue
			}
			_ = process.Signal(s)
		case <-ended:
			return
		}
	}
}

// foreground says whether a terminal has this process in its foreground. Then it sends an interrupt that is typed to us
// and to the process we started alike.
func foreground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// refused adds a hint to an error that says no to a user namespace (clone(2), user_namespaces(7)).
func refused(err error) error {
	for _, no := range []error{unix.EPERM, unix.EACCES, unix.ENOSPC, unix.EUSERS, unix.EINVAL, unix.ENOSYS} {
		if errors.Is(err, no) {
			return hint.Add(err, refusalHint(os.DirFS("/proc")))
		}
	}
	return err
}

// refusalHint looks in proc for what refuses user namespaces here.
func refusalHint(proc fs.FS) string {
	is := func(name, value string) bool {
		content, err := fs.ReadFile(proc, name)
		return err == nil && strings.TrimSpace(string(content)) == value
	}
	const or = ", or run as root"
	switch {
	case is("sys/user/max_user_namespaces", "0"):
		return "allow user namespaces with: sysctl user.max_user_namespaces=10000" + or
	case is("sys/kernel/unprivileged_userns_clone", "0"):
		return "allow user namespaces with: sysctl kernel.unprivileged_userns_clone=1" + or
	case is("sys/kernel/apparmor_restrict_unprivileged_userns", "1"):
		return "AppArmor restricts user namespaces; allow them with: sysctl kernel.apparmor_restrict_unprivileged_userns=0" + or
	}
	if status, err := fs.ReadFile(proc, "self/status"); err == nil && strings.Contains(string(status), "\nSeccomp:\t2") {
		return "a seccomp profile, such as a container's, refuses user namespaces; this needs root with CAP_SYS_ADMIN, or a profile that allows them"
	}
	return "this needs root with CAP_SYS_ADMIN, or a system that allows user namespaces"
}
