package apart

import (
	"errors"
	"time"
)

const (
	most      = 64 << 10         // bytes of a small file
	limit     = time.Second      // time limit for reading a file
	startTime = 10 * time.Second // for the reader's own start, which no file can delay
)

// Reasons why an existing file is not read.
var (
	errSlow     = errors.New("it was not read within " + limit.String())
	errNoStart  = errors.New("its reader did not start within " + startTime.String())
	errNotFile  = errors.New("not a regular file")
	errTooLarge = errors.New("more than 64 KiB")
	errHeld     = errors.New("another process holds it with a lease")
	errLinks    = errors.New("too many symbolic links")
)
