package newfile

import "os"

// draft is a file that has not got its name yet.
type draft struct {
	*os.File
	place *Place
	name  string // a temporary one; "" if it has none, and goes with its last descriptor
}
