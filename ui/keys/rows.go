package keys

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
)

// End is more rows than any list has.
const End = 1 << 30

// Rows says by how many rows a key moves the cursor of a list of which a page is visible, upwards if that is negative; false if it is
// no such key. To the first row it is -End, to the last one End.
func Rows(k fmt.Stringer, page int) (by int, moves bool) {
	switch {
	case key.Matches(k, Up):
		return -1, true
	case key.Matches(k, Down):
		return 1, true
	case key.Matches(k, PageUp):
		return -page, true
	case key.Matches(k, PageDown):
		return page, true
	case key.Matches(k, Top):
		return -End, true
	case key.Matches(k, Bottom):
		return End, true
	default:
		return 0, false
	}
}
