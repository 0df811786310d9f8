//go:build !linux

package pipe

import "os"

// Enlarge changes nothing: that is not possible here.
func Enlarge(*os.File, int) (room int) { return 0 }

// Unread is 0: it is not known here.
func Unread(*os.File) int { return 0 }
