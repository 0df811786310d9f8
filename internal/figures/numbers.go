// Package figures writes numbers, sizes and times as people read them, and reads a size as a person writes it. Its door is those
// functions: the same number looks the same in the console, in a verdict and on the command line.
package figures

import (
	"fmt"
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

// Bytes writes a number of bytes: 913 B, 1.3 MB.
func Bytes(n int64) string {
	const unit = 1000
	if n < unit {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, prefix := float64(n), 0
	for value >= unit && prefix < 4 {
		value, prefix = value/unit, prefix+1
	}
	return fmt.Sprintf("%.1f %cB", value, " kMGT"[prefix])
}
