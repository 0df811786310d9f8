package ui

import (
	"fmt"
	"testing"

	"github.com/fennec-project/podtracer/ui/fakes"
)

// openKnowing sits down before the form of a pod in a cluster with services.
func openKnowing(t *testing.T, width, height int) *person {
	t.Helper()
	p := sit(t, width, height)
	p.tell(told(fakes.Neighbours()))
	p.press("/", "cart", "enter", "enter")
	return p
}

func TestCompletionLooksAsItWasApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := openKnowing(t, size[0], size[1])
		p.press("tab", " host 10")
		golden(t, fmt.Sprintf("form-ghost-%dx%d", size[0], size[1]), p.screen())
		p.press("ctrl+n", "ctrl+n")
		fits(t, p, "the candidates")
		golden(t, fmt.Sprintf("form-candidates-%dx%d", size[0], size[1]), p.screen())
	}
}
