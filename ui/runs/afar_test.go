package runs

import (
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/detached"
)

// Any pod may wear podtracer's labels and say anything of who runs what: where it says so, it cannot choose.
func TestARowSaysInWhichPodADetachedRunIs(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 15, 0, 0, time.UTC)
	about := detached.About{ID: "k3x7q-1", By: "anna", Pod: "shop/cart", Argv: []string{"tcpdump"}, Began: at, Until: at.Add(time.Hour), Stands: "running"}
	for place, want := range map[string]string{"shop/evil:k3x7q-1": "by anna in shop/evil: running", "k3x7q-1": "by anna: running", "shop/\x1b[2J:k3x7q-1": "in shop/"} {
		if text := afarText(&detached.Found{About: about, Place: place}, at); !strings.Contains(text, want) || strings.Contains(text, "\x1b") {
			t.Errorf("%q: %q", place, text)
		}
	}
	about.Unread = "it is too large"
	if text := afarText(&detached.Found{About: about, Place: "k3x7q-1"}, at); !strings.Contains(text, "cannot be read: it is too large") {
		t.Errorf("got %q", text)
	}
}
