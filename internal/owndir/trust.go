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

// writableByOthers are the permissions of group and others to make, move and remove files. With an access control list, the group's
// permissions are the most that the list grants to anybody (acl(5)).
const writableByOthers = 0o022

// checkDir returns an error if somebody else can change a directory.
func checkDir(fd int, path string) error {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if !trusted(s.Uid) {
		return hint.Add(foreign(path, s.Uid),
			"each directory on the way must belong to the user that runs podtracer, or to root")
	}
	if s.Mode&writableByOthers != 0 && s.Mode&unix.S_ISVTX == 0 {
		return hint.Add(fmt.Errorf("%s has the mode %04o: %w", path, s.Mode&0o7777, ErrUnsafe),
			"remove the write permission of group and others: chmod go-w "+path)
	}
	return nil
}

// CheckAlone returns an error if others can put something into the directory, even if they cannot remove the user's files.
//
// Errors: ErrUnsafe, with a hint.
func (d *Dir) CheckAlone() error {
	info, err := d.file.Stat()
	if err == nil && info.Mode().Perm()&writableByOthers != 0 {
		err = hint.Add(fmt.Errorf("others can put something into %s: %w", d.path, ErrUnsafe), "name a directory in it, or another one")
	}
	return err
}

// checkFile returns an error if a file is not a regular file of the user's own. A file with a second name may be any file of the user, to
// which somebody else has given a name here.
func (d *Dir) checkFile(fd int, path string) error {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if s.Mode&unix.S_IFMT != unix.S_IFREG {
		return notAFile(path)
	}
	if !trusted(s.Uid) {
		return foreign(path, s.Uid)
	}
	if s.Nlink > 1 && d.CheckAlone() != nil {
		return hint.Add(fmt.Errorf("%s has other names, and others can put something into its directory: %w", path, ErrUnsafe), "remove it, or name another directory")
	}
	return unix.SetNonblock(fd, false) // for a process that inherits it
}

func foreign(path string, owner uint32) error {
	return fmt.Errorf("%s belongs to the user with the id %d: %w", path, owner, ErrUnsafe)
}

func notAFile(path string) error { return fmt.Errorf("%s is not a regular file: %w", path, ErrUnsafe) }

// Trusted says whether a file belongs to the user or to root. In a user namespace that does not map root, a directory of an
// unmapped owner may be anybody's, and only the user's own files are trusted.
func Trusted(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int(s.Uid) == os.Geteuid() || info.IsDir() && trusted(s.Uid))
}

// trusted says whether files of a user are safe from all but the user and root.
func trusted(uid uint32) bool {
	return uid == 0 || int(uid) == os.Geteuid() || uid == ownerOfRoot()
}

// ownerOfRoot is the owner of the root directory: root, except in a user namespace that does not map root, where all files of others look
// alike (user_namespaces(7)). Only the demo runs in one. Before it enters that, its data directory is made from outside, in a place where
// nobody else can put anything.
var ownerOfRoot = sync.OnceValue(func() uint32 {
	var s unix.Stat_t
	if unix.Stat("/", &s) != nil {
		return 0
	}
	return s.Uid
})
