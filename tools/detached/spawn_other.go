//go:build !linux

package detached

import "errors"

// Spawn returns an error.
func Spawn([]string, []byte) (string, error) {
	return "", errors.New("tools run on Linux nodes only")
}
