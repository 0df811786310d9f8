package apart

import (
	"errors"
	"time"
)

const (
	most  = 64 << 10    // bytes of a small file
	limit = time.Second // time limit for reading a file
)

// Reasons why an existing file is not read.
var (
	errSlow     = errors.New("it was not read within " + limit.String())
	errNotFile  = errors.New("not a regular file")
	errTooLarge = errors.New("more than 64 KiB")
	errHeld     = errors.New("another process holds it with a lease")
	errLinks    = errors.New("too many symbolic links")
)
