package detached

import (
	"fmt"

	"github.com/fennec-project/podtracer/internal/hint"
)

// mostCommand is how long the command of a detached run may be, in bytes. It is told to everybody who lists the runs of a pod, and JSON may
// write six bytes for one.
const mostCommand = 64 << 10

// CheckCommand says why a command cannot be that of a detached run: it would be too long to be told.
func CheckCommand(argv []string) error {
	size := 0
	for _, word := range argv {
		size += len(word) + 1
	}
	if size <= mostCommand {
		return nil
	}
	return hint.Add(fmt.Errorf("its command has %d bytes, and that of a run without a console has at most %d", size, mostCommand),
		"without --detach it is taken")
}
