package apart

import (
	"errors"
	"time"
)

const (
	most  = 64 << 10    // bytes of a small file
	limit = time.Second // for a file to be read
)

// The reasons for which a file is not read that is there.
var (
	errSlow     = errors.New("it was not read within " + limit.String())
	errNotFile  = errors.New("not a regular file")
	errTooLarge = errors.New("more than 64 KiB")
	errHeld     = errors.New("another process holds it with a lease")
	errLinks    = errors.New("too many symbolic links")
)
