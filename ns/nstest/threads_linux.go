// Package nstest checks the namespaces of a test's own process. The program does not contain it.
package nstest

import (
	"fmt"
	"os"
	"path/filepath"
)

// ThreadsAtHome returns an error if a thread of this process is in another network or mount namespace than the process.
func ThreadsAtHome() error {
	for _, kind := range []string{"net", "mnt"} {
		home, err := os.Readlink("/proc/self/ns/" + kind)
		if err != nil {
			return err
		}
		threads, err := filepath.Glob("/proc/self/task/*/ns/" + kind)
		if err != nil {
			return err
		}
		for _, thread := range threads {
			if there, err := os.Readlink(thread); err == nil && there != home {
				return fmt.Errorf("%s is in %s, home is %s", thread, there, home)
			}
		}
	}
	return nil
}
