package tools

import (
	"bytes"
	"testing"
)

// What podtracer says of a run is on the screen of whoever follows it, and no loss for a file; what the tool says is.
func TestOnlyWhatTheToolItselfSaysBesideItsOutputIsCounted(t *testing.T) {
	for text, want := range map[string]int64{
		"":                                     0,
		"podtracer: stopped\n  hint: x\n":      0,
		"IMPORTANT\n":                          10,
		"podtracer: a\nIMPORTANT\n  hint: b\n": 10,
		"no end of a line":                     16,
		"podtracer: no end":                    0,
		"podtracer\n":                          10,
	} {
		for _, piece := range []int{100, 3, 1} {
			var to bytes.Buffer
			b := &beside{Writer: &to}
			for rest := text; rest != ""; rest = rest[min(piece, len(rest)):] {
				_, _ = b.Write([]byte(rest[:min(piece, len(rest))]))
			}
			b.endLine()
			if b.said != want || to.String() != text {
				t.Errorf("%q by %d: %d bytes, %q", text, piece, b.said, to.String())
			}
		}
	}
}
