package cells

import "testing"

func TestTextOfOthersKeepsItsCellsInASCII(t *testing.T) {
	if got := ASCII("a漢é│\x1b[1mb"); got != "a???|\x1b[1mb" {
		t.Errorf("got %q", got)
	}
}
