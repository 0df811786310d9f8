//go:build unix

package owndir

import (
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
)

// writableByOthers are the permissions of a group and of everybody to make, move and remove things. With an access control
// list, those of the group are the most that the list grants to anybody (acl(5)).
const writableByOthers = 0o022

// checkDir says who else can change a directory.
func checkDir(fd int, path string) error {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if !trusted(s.Uid) {
		return hint.Add(fmt.Errorf("%s belongs to the user with the id %d: %w", path, s.Uid, ErrUnsafe),
			"each directory on the way must belong to the user that runs podtracer, or to root")
	}
	if s.Mode&writableByOthers != 0 && s.Mode&unix.S_ISVTX == 0 {
		return hint.Add(fmt.Errorf("%s has the mode %04o: %w", path, s.Mode&0o7777, ErrUnsafe),
			"take the right to write from group and others: chmod go-w "+path)
	}
	return nil
}

// CheckAlone says that others can put something into the directory, even if they cannot take away what is ours.
//
// Errors: ErrUnsafe, with a hint.
func (d *Dir) CheckAlone() error {
	info, err := d.file.Stat()
	if err == nil && info.Mode().Perm()&writableByOthers != 0 {
		err = hint.Add(fmt.Errorf("others can put something into %s: %w", d.path, ErrUnsafe), "name a directory in it, or another one")
	}
	return err
}

// checkFile says that something in the directory is no regular file of ours. One that has another name, too, may be any file of
// ours, to which somebody else has given a name here.
func (d *Dir) checkFile(fd int, path string) error {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if s.Mode&unix.S_IFMT != unix.S_IFREG {
		return notAFile(path)
	}
	if !trusted(s.Uid) {
		return fmt.Errorf("%s belongs to the user with the id %d: %w", path, s.Uid, ErrUnsafe)
	}
	if s.Nlink > 1 && d.CheckAlone() != nil {
		return hint.Add(fmt.Errorf("%s has other names, and others can put something into its directory: %w", path, ErrUnsafe), "remove it, or name another directory")
	}
	return unix.SetNonblock(fd, false) // for whoever inherits it
}

func notAFile(path string) error { return fmt.Errorf("%s is not a regular file: %w", path, ErrUnsafe) }

// Trusted says whether something belongs to us or to root. In a user namespace that does not know root, a directory may be
// anybody's, and nothing else that is not ours is trusted.
func Trusted(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int(s.Uid) == os.Geteuid() || info.IsDir() && trusted(s.Uid))
}

// trusted says whether what a user owns is safe from all but us and root.
func trusted(uid uint32) bool {
	return uid == 0 || int(uid) == os.Geteuid() || uid == ownerOfRoot()
}

// ownerOfRoot is who owns the root directory: root, but in a user namespace that does not know root all that belongs to others
// looks alike (user_namespaces(7)). Only the demo is in one, and before it enters that, its data directory is made from outside,
// where nobody else can put anything.
var ownerOfRoot = sync.OnceValue(func() uint32 {
	var s unix.Stat_t
	if unix.Stat("/", &s) != nil {
		return 0
	}
	return s.Uid
})
