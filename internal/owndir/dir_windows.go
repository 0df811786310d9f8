package owndir

import (
	"errors"
	"io/fs"
	"os"

	"github.com/fennec-project/podtracer/internal/hint"
)

// errNoOwners is the error of everything on Windows, where access control lists, which podtracer does not read, say who may change
// a directory.
var errNoOwners = hint.Add(errors.New("podtracer keeps no files on Windows"), "run it in WSL, or on a Linux node")

func open(string, bool) (*Dir, error) { return nil, errNoOwners }

// Sub returns an error.
func (d *Dir) Sub(string) (*Dir, error) { return nil, errNoOwners }

// Mkdir returns an error.
func (d *Dir) Mkdir(string) (*Dir, error) { return nil, errNoOwners }

// Nameless returns an error.
func (d *Dir) Nameless() (*os.File, error) { return nil, errNoOwners }

// Names returns an error.
func (d *Dir) Names() ([]string, error) { return nil, errNoOwners }

// Size returns an error.
func (d *Dir) Size(string) (int64, error) { return 0, errNoOwners }

// Link returns an error.
func (d *Dir) Link(string, *Dir, string) error { return errNoOwners }

// Lock returns an error.
func (d *Dir) Lock() error { return errNoOwners }

// Share returns an error.
func (d *Dir) Share() error { return errNoOwners }

// IsLocked is false: nobody has a lock.
func IsLocked(error) bool { return false }

// Space returns an error.
func (d *Dir) Space() (free, size int64, err error) { return 0, 0, errNoOwners }

// CheckAlone returns an error: others may be able to put something into the directory.
func (d *Dir) CheckAlone() error { return errNoOwners }

// Trusted is false, because the owner is unknown.
func Trusted(fs.FileInfo) bool { return false }

func (d *Dir) openat(string, int) (*os.File, error) { return nil, errNoOwners }
func (d *Dir) rename(_, _ string) error             { return errNoOwners }
func (d *Dir) unlink(string) error                  { return errNoOwners }
func (d *Dir) rmdir(string) error                   { return errNoOwners }
