package command

import (
	"slices"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/printable"
)

// FuzzSplit looks for words that do not survive Join and Split, and for text that makes Split panic.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		"", " ", "-i eth0 -n", `'a b' "c \"d\""`, `\`, `"`, "a\\\nb", "\xff\xfe", "héllo wörld", "''", "a\x00b", `$HOME 'it'\''s'`, "a\vb\fc", `$'a\x1b\n\'' $'\x' $x$'`, "a\n\x1b[201~\u202e",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if words, err := Split(text); err == nil {
			expectSame(t, words)
		}
		expectSame(t, strings.Split(text, "|"))
		expectSame(t, []string{text})
	})
}

func expectSame(t *testing.T, words []string) {
	t.Helper()
	line := Join(words)
	again, err := Split(line)
	if err != nil || !slices.Equal(words, again) {
		t.Errorf("%q was joined as %q and split as %q, %v", words, line, again, err)
	}
	if !printable.Is(line) {
		t.Errorf("%q was joined as %q, which contains control characters", words, line)
	}
}
