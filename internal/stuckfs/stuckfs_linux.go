// Package stuckfs is a file system for tests that never answers: FUSE, with a server that does nothing.
package stuckfs

import (
	"encoding/binary"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// Mount mounts such a file system at a directory. Every access to it blocks until unmount is called. If the server swallows, it has
// read every request, and the kernel lets even a killed process wait; otherwise a signal ends the wait.
//
// Until unmount has been called, which may be done twice, the serving process cannot end either if one of its own threads waits.
func Mount(dir string, swallows bool) (unmount func(), err error) {
	device, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/fuse: %w", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", device)
	if err := unix.Mount("stuck", dir, "fuse", 0, options); err != nil {
		return nil, fmt.Errorf("mount fuse at %s: %w", dir, err)
	}
	request := make([]byte, 1<<20)
	n, err := unix.Read(device, request) // FUSE_INIT, the kernel's first request
	if err != nil || n < 40 {
		return nil, fmt.Errorf("read the first request of the kernel: %d bytes, %w", n, err)
	}
	const headerSize, initSize = 16, 64
	answer := make([]byte, headerSize+initSize) // struct fuse_out_header, struct fuse_init_out
	binary.NativeEndian.PutUint32(answer, uint32(len(answer)))
	copy(answer[8:16], request[8:16])                        // ID of the request
	binary.NativeEndian.PutUint32(answer[headerSize:], 7)    // major
	binary.NativeEndian.PutUint32(answer[headerSize+4:], 31) // minor
	binary.NativeEndian.PutUint32(answer[headerSize+20:], 4096)
	if _, err := unix.Write(device, answer); err != nil {
		return nil, fmt.Errorf("answer the kernel's first request: %w", err)
	}
	if swallows {
		go func() { // ends when the device is closed
			for {
				if _, err := unix.Read(device, request); err != nil {
					return
				}
			}
		}()
	}
	return sync.OnceFunc(func() {
		_ = unix.Unmount(dir, unix.MNT_FORCE)  // ends every wait
		_ = unix.Unmount(dir, unix.MNT_DETACH) // in case it was busy
		_ = unix.Close(device)
	}), nil
}
