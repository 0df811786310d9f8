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

// userNamespaceMark is set in the environment of the process that RunInUserNamespace starts, to the PID of its parent. So a podtracer
// that a person starts in there is not taken for that process.
const userNamespaceMark = "PODTRACER_USER_NAMESPACE_OF"

// InUserNamespace says whether this process was started by RunInUserNamespace.
func InUserNamespace() bool {
	return os.Getenv(userNamespaceMark) == strconv.Itoa(os.Getppid())
}

// RunInUserNamespace runs this program again, with the arguments argv[1:], in a new user namespace, and returns its exit status. There it
// may make namespaces and work in them, without being root outside. It keeps its network and everything else that it does not make
// new; its files belong to the same user.
//
// The program shares terminal, session and process group with this process, and dies with it. Signals end the program, not this process:
// SIGTERM and SIGHUP are passed on; SIGINT is passed on unless it was typed at a terminal, which sends it to both.
//
// Errors: the user namespace is refused, with a hint about the reason.
func RunInUserNamespace(argv []string, stdin, stdout, stderr *os.File) (exit int, err error) {
	// Pdeathsig is tied to the thread that starts the process (prctl(2)).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	ends := []os.Signal{unix.SIGINT, unix.SIGTERM}
	if !signal.Ignored(unix.SIGHUP) {
		ends = append(ends, unix.SIGHUP)
	}
	signal.Ignore(ends...)             // only the other process acts on them
	signals := make(chan os.Signal, 3) // one of each kind; repeated ones say nothing new
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

// userNamespaceCommand gives the caller capabilities in the namespace without making it root there. As root, tcpdump would insist on
// changing to another user and group, which do not exist in a user namespace that was made without root.
func userNamespaceCommand(argv []string, uid, gid int) *exec.Cmd {
	return &exec.Cmd{
		Path: "/proc/self/exe",
		Args: argv,
		Env:  append(os.Environ(), userNamespaceMark+"="+strconv.Itoa(os.Getpid())),
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags:                 unix.CLONE_NEWUSER,
			UidMappings:                []syscall.SysProcIDMap{{ContainerID: notRoot(uid), HostID: uid, Size: 1}},
			GidMappings:                []syscall.SysProcIDMap{{ContainerID: notRoot(gid), HostID: gid, Size: 1}},
			GidMappingsEnableSetgroups: false, // if true, the kernel refuses the mapping of a group (user_namespaces(7))
			// Ambient capabilities reach the tools through execve(2). The demo's DNS and web servers use ports below 1024.
			AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_NET_BIND_SERVICE},
			Pdeathsig:   unix.SIGKILL,
		},
	}
}

// notRoot returns the ID itself, unless it is 0: a root without the right to make namespaces, such as a container's, gets another one.
func notRoot(id int) int {
	if id == 0 {
		return overflowID
	}
	return id
}

// overflowID is the user "nobody" on most systems (proc_sys_kernel(5), overflowuid).
const overflowID = 65534

// passSignals passes signals on until ended is closed. It ignores errors, because the process may just have ended.
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

// foreground says whether this process is in the foreground of a terminal, which then sends a typed interrupt to this process and to
// the one it has started.
func foreground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// refused adds a hint to an error that refuses a user namespace (clone(2), user_namespaces(7)).
func refused(err error) error {
	for _, no := range []error{unix.EPERM, unix.EACCES, unix.ENOSPC, unix.EUSERS, unix.EINVAL, unix.ENOSYS} {
		if errors.Is(err, no) {
			return hint.Add(err, refusalHint(os.DirFS("/proc")))
		}
	}
	return err
}

// refusalHint searches proc for what refuses user namespaces.
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
