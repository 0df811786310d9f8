// Package figures writes numbers, sizes and times as people read them, and reads a size as a person writes it. Its door is those
// functions: the same number looks the same in the console, in a verdict and on the command line.
package figures

import (
	"strconv"
)

// Count writes a number with its thousands apart: 1,204.
func Count[T int | int64 | uint64](n T) string {
	s := strconv.FormatUint(uint64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural names a number of things: 1 packet, 2 packets.
func Plural[T int | int64 | uint64](n T, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Count(n) + " " + thing + "s"
}
