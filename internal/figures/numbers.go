// Package figures writes numbers, sizes and times for people, and reads sizes that people write. The console, the verdict and the command
// line use it, so the same number looks the same everywhere.
package figures

import (
	"strconv"
)

// Count writes a number with thousands separators: 1,204.
func Count[T int | int64 | uint64](n T) string {
	if n < 0 {
		return "-" + Count(uint64(-n))
	}
	s := strconv.FormatUint(uint64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural writes a number of things: 1 packet, 2 packets.
func Plural[T int | int64 | uint64](n T, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Count(n) + " " + thing + "s"
}
