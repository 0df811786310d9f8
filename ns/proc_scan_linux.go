package ns

import (
	"context"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// eachProcess calls visit with the PID and the content of the cgroup file of every process in a procfs, until visit returns false. The
// order is by PID, so the first process of a container usually comes before those it started. Processes that end meanwhile, or may not be
// read, are left out.
func eachProcess(ctx context.Context, root string, visit func(pid int, cgroup string) (more bool)) error {
	dir, err := os.Open(root)
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return err
	}
	buffer := make([]byte, 64<<10)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		n := readAt(int(dir.Fd()), name+"/cgroup", buffer)
		if n > 0 && !visit(pid, string(buffer[:n])) {
			return nil
		}
	}
	return nil
}

// readAt reads a file into buffer without making an os.File of it, because a node has thousands of processes.
func readAt(dir int, name string, buffer []byte) int {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	total := 0
	for total < len(buffer) {
		n, err := unix.Read(fd, buffer[total:])
		if err != nil || n == 0 {
			break
		}
		total += n
	}
	return total
}
