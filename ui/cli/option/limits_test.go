package option

import "testing"

func TestALimitIsASizeOrNone(t *testing.T) {
	for text, want := range map[string]limit{
		"none": -1, "None": -1, "1": 1, "64KiB": 64 << 10, "1.5MiB": 3 << 19, "2Gi": 2 << 30, "2GB": 2e9, " 10 mb ": 10e6,
	} {
		var l limit
		if err := l.Set(text); err != nil || l != want {
			t.Errorf("%q is %d (%v), want %d", text, l, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "all", "1 packet", "NaN", "1e30", "inf"} {
		var l limit
		if err := l.Set(text); err == nil {
			t.Errorf("%q is %d", text, l)
		}
	}
	var s size
	if err := s.Set("none"); err == nil {
		t.Error("a ring has no size")
	}
}
