package owndir

import "fmt"

// Disk is the disk that a directory is on, as far as it may be filled.
type Disk struct {
	Dir   *Dir
	Floor func(size int64) int64 // bytes that must stay free, on a disk of that size
}

// Check returns an error if less space is free than must stay free. reserved is the number of bytes that are set aside for somebody, which
// count as free. A disk that does not tell its free space counts as not full.
func (d Disk) Check(reserved int64) error {
	free, size, err := d.Dir.Space()
	free += reserved
	if floor := d.Floor(size); err == nil && free < floor {
		return errLittleFree{free, floor}
	}
	return nil
}

// errLittleFree says how much space is free and how much must stay free, in bytes.
type errLittleFree struct{ free, floor int64 }

func (e errLittleFree) Error() string {
	return fmt.Sprintf("only %d MiB of the disk are free, and %d MiB must stay free", e.free>>20, e.floor>>20)
}
