package newfile

import "os"

// draft is a file that does not have its name yet.
type draft struct {
	*os.File
	place *Place
	name  string // temporary; "" if the file has no name, and is gone when its last descriptor is closed
}
