package form

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fennec-project/podtracer/internal/printable"
)

// FuzzAHistoryThatWasKept reads files with any content as the history.
func FuzzAHistoryThatWasKept(f *testing.F) {
	f.Add([]byte(`{"tool":"tcpdump","arguments":"-i eth0"}` + "\n" + `{"tool":"\u001b]52;c;aGk=\u0007"}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, historyFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		msg, _ := loadHistory(dir).(historyMsg)
		for _, r := range msg.kept {
			if !printable.Is(r.Tool + r.Arguments) {
				t.Errorf("%q gives %+v", text, r)
			}
		}
	})
}
