package saving

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestAPersonChoosesWhichTimesAreSavedIfClocksAreApart(t *testing.T) {
	tab := tea.KeyMsg{Type: tea.KeyTab}
	for _, c := range []struct {
		apart  time.Duration
		tabs   int
		align  bool
		said   string
		absent string
	}{
		{0, 1, false, "in the order of time", "times:"},
		{5 * time.Second, 0, false, "those of the nodes, whose clocks are 5 s apart", "corrected to"},
		{5 * time.Second, 1, true, "corrected to podtracer's clock", "those of the nodes"},
		{5 * time.Second, 2, false, "those of the nodes", "corrected to"},
	} {
		var f Form
		f.OpenSet([]tools.State{{Set: 1}, {Set: 1}}, c.apart)
		f.SetPath("x.pcapng")
		for range c.tabs {
			f.Update(tab)
		}
		target, ok := f.Target()
		if !ok || target.Align != c.align || target.Path != "x.pcapng" {
			t.Errorf("%+v: %+v, %v", c, target, ok)
		}
		view := strings.Join(f.View(style.Styles{}, 100), "\n")
		if !strings.Contains(view, c.said) || strings.Contains(view, c.absent) {
			t.Errorf("%+v:\n%s", c, view)
		}
	}
}
