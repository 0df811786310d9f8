package owndir

import (
	"errors"
	"io/fs"
	"os"

	"github.com/fennec-project/podtracer/internal/hint"
)

// errNoOwners is the answer to everything on Windows: who may change a directory is said by lists there that nobody reads here.
var errNoOwners = hint.Add(errors.New("podtracer keeps no files on Windows"), "run it in WSL, or on a Linux node")

func open(string, bool) (*Dir, error) { return nil, errNoOwners }

// Sub says that there is none.
func (d *Dir) Sub(string) (*Dir, error) { return nil, errNoOwners }

// Mkdir makes none.
func (d *Dir) Mkdir(string) (*Dir, error) { return nil, errNoOwners }

// Nameless makes none.
func (d *Dir) Nameless() (*os.File, error) { return nil, errNoOwners }

// Names lists nothing.
func (d *Dir) Names() ([]string, error) { return nil, errNoOwners }

// Size says that there is no file.
func (d *Dir) Size(string) (int64, bool) { return 0, false }

// Link gives no name.
func (d *Dir) Link(string, *Dir, string) error { return errNoOwners }

// Lock takes nothing.
func (d *Dir) Lock() error { return errNoOwners }

// Space knows of no disk.
func (d *Dir) Space() (free, size int64, err error) { return 0, 0, errNoOwners }

// CheckAlone says that others may be able to put something into it.
func (d *Dir) CheckAlone() error { return errNoOwners }

// Trusted is false: nobody knows.
func Trusted(fs.FileInfo) bool { return false }

func (d *Dir) openat(string, int) (*os.File, error) { return nil, errNoOwners }
func (d *Dir) rename(_, _ string) error             { return errNoOwners }
func (d *Dir) unlink(string) error                  { return errNoOwners }
func (d *Dir) rmdir(string) error                   { return errNoOwners }
