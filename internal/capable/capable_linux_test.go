package capable_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	netRaw   = 1 << unix.CAP_NET_RAW
	sysAdmin = 1 << unix.CAP_SYS_ADMIN
)

// tell is a program that uses this package, made as podtracer is, whose executable has these capabilities as permitted ones.
func tell(t *testing.T, capabilities uint32) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may give capabilities to an executable")
	}
	dir, err := os.MkdirTemp("/var/tmp", "podtracer-capable-") // other users cannot get to t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "tell")
	build := exec.Command("go", "build", "-o", path, "./testdata/tell")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(path, 0o755)); err != nil {
		t.Fatal(err)
	}
	const revision2 = 0x02000000 // of struct vfs_cap_data in linux/capability.h, without the bit for effective ones
	var data []byte
	for _, word := range []uint32{revision2, capabilities, 0, 0, 0} {
		data = binary.LittleEndian.AppendUint32(data, word)
	}
	switch err := unix.Setxattr(path, "security.capability", data, 0); {
	case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.EPERM):
		t.Skipf("executables cannot have capabilities here: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	return path
}

// nobody is a command line that runs another one as a user who is not root. What that one executes has no capabilities before.
func nobody(more ...string) []string {
	return append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, more...)
}

// of are the values of a line that the program and its tool say, such as CapEff.
func of(t *testing.T, line string, argv ...string) (values []uint64) {
	t.Helper()
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", argv, err, out)
	}
	for _, m := range regexp.MustCompile(`(?m)^`+line+`:\s*([0-9a-f]+)$`).FindAllSubmatch(out, -1) {
		n, err := strconv.ParseUint(string(m[1]), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, n)
	}
	return values
}

func TestWhatAnExecutableIsPermittedIsUsedAndInheritedByItsTools(t *testing.T) {
	path := tell(t, netRaw|sysAdmin)
	for _, c := range []struct {
		name  string
		argv  []string
		wants uint64
	}{
		{"all", nobody("env", path), netRaw | sysAdmin},
		{"a container that lacks one", nobody("--bounding-set=-sys_admin", "env", path), netRaw},
		{"no_new_privs", nobody("setpriv", "--no-new-privs", path), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, set := range []string{"CapPrm", "CapEff", "CapAmb"} {
				if got := of(t, set, c.argv...); len(got) != 2 || got[0] != c.wants || got[1] != c.wants {
					t.Errorf("%s is %x, of the tool last; want %x", set, got, c.wants)
				}
			}
			if files := of(t, "Files", c.argv...); len(files) != 1 || files[0] != 65534 {
				t.Errorf("its files in /proc are those of user %x", files)
			}
		})
	}
}

func TestRootGetsNothingOfIt(t *testing.T) {
	if got := of(t, "CapAmb", tell(t, netRaw)); len(got) != 2 || got[0] != 0 || got[1] != 0 {
		t.Errorf("CapAmb is %x", got)
	}
}
