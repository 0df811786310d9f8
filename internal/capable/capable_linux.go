package capable

import (
	"os"
	"syscall"
	"unsafe"
)

// From linux/capability.h and linux/prctl.h.
const (
	version3     = 0x20080522
	ambient      = 47 // PR_CAP_AMBIENT
	raise        = 2  // PR_CAP_AMBIENT_RAISE
	dumpable     = 4  // PR_SET_DUMPABLE
	bitsInASet   = 32
	setsOfOneUse = 2 // 64 capabilities
)

type header struct {
	version uint32
	pid     int32
}

type sets [setsOfOneUse]struct{ effective, permitted, inheritable uint32 }

func init() {
	if os.Geteuid() != 0 {
		use()
	}
}

// use makes what is permitted effective and ambient, on all threads. Where the kernel refuses it, podtracer goes on without.
func use() {
	h, has := &header{version: version3}, &sets{}
	if _, _, err := syscall.RawSyscall(syscall.SYS_CAPGET, uintptr(unsafe.Pointer(h)), uintptr(unsafe.Pointer(has)), 0); err != 0 {
		return
	}
	if has[0].permitted == 0 && has[1].permitted == 0 {
		return
	}
	for i := range has {
		has[i].effective, has[i].inheritable = has[i].permitted, has[i].permitted
	}
	if _, _, err := syscall.AllThreadsSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(h)), uintptr(unsafe.Pointer(has)), 0); err != 0 {
		return
	}
	for i := range has {
		for bit := range bitsInASet {
			if has[i].permitted&(1<<bit) != 0 {
				_, _, _ = syscall.AllThreadsSyscall6(syscall.SYS_PRCTL, ambient, raise, uintptr(i*bitsInASet+bit), 0, 0, 0)
			}
		}
	}
	// An executable with capabilities makes the files of its process in /proc root's. Who may look into a process must have all of its
	// capabilities in any case (ptrace(2)).
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, dumpable, 1, 0)
}
