package ns

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerPID returns the PID of the process that listens at the other end; 0 if that is not in podtracer's PID namespace (unix(7),
// SO_PEERCRED; pid_namespaces(7)).
func peerPID(conn net.Conn) int {
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return 0
	}
	raw, err := unixConn.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	err = raw.Control(func(fd uintptr) {
		if peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(peer.Pid)
		}
	})
	if err != nil {
		return 0
	}
	return pid
}
