package seat

import (
	"context"
	"strings"
	"testing"
)

func TestCtrlBracketLeavesAndWhatWasTypedBeforeItIsTyped(t *testing.T) {
	for _, way := range leaving {
		s := &seat{keys: make(chan []byte, 9)}
		left := false
		s.read(context.Background(), strings.NewReader("ls\r"+string(way)+"not typed"), func() { left = true })
		if got := string(<-s.keys); got != "ls\r" || len(s.keys) > 0 || !left {
			t.Errorf("%q: typed %q", way, got)
		}
	}
}
