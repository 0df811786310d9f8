package ui

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzWhatAnEarlierConsoleKept tries files of any kind in the place of the history and the favourites.
func FuzzWhatAnEarlierConsoleKept(f *testing.F) {
	f.Add([]byte(`{"tool":"tcpdump","arguments":"-i eth0"}` + "\n" + `{"tool":"\u001b]52;c;aGk=\u0007"}`))
	f.Add([]byte(`{"favourites":["shop/cart","\u001b[2J/\u202e"],"used":["/",""]}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range []string{"history", "favourites.json"} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p := sitAgain(t, 80, 24, dir)
		p.tell(shop())
		p.do(p.m.form.Init())
		p.do(p.m.pods.Load())
		if drawn := p.m.View(); drawn == "" {
			t.Error("nothing is drawn")
		}
	})
}
