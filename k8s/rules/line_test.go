package rules

import (
	"strings"
	"testing"
)

// What others say in several lines is one line of an error of ours.
func TestALineOfWhatOthersSayHasBlanksWhereTheyBeginANewOne(t *testing.T) {
	for text, want := range map[string]string{
		"one": "one", "one\ntwo": "one two", "one\r\n\n\n  two\tthree \n": "one two three", "a\x1b[2Jb\u202e": "a\ufffd[2Jb\ufffd", "": "", "\n": "",
		strings.Repeat("x", LongestText+1): strings.Repeat("x", LongestText) + "…",
	} {
		if got := Line(text); got != want {
			t.Errorf("%.40q: got %.40q, want %.40q", text, got, want)
		}
	}
}
