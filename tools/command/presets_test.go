package command

import (
	"strings"
	"testing"
)

func TestEachPresetHasANameOfItsOwnASymptomAndAReason(t *testing.T) {
	seen := map[string]bool{}
	last, before := "", map[string]bool{}
	for _, p := range Presets() {
		if seen[p.Name] || p.Name == "" || p.Symptom == "" || p.Tool == "" || len(p.Why) < 10 || len(p.Why) > 90 {
			t.Errorf("%+v", p)
		}
		seen[p.Name] = true
		if p.Symptom != last && before[p.Symptom] {
			t.Errorf("%q is not next to the other presets of %q", p.Name, p.Symptom)
		}
		last, before[p.Symptom] = p.Symptom, true
		if p.Pair() != strings.Contains(p.Args, ServerBlank) {
			t.Errorf("%q has server arguments but no SERVER blank, or the reverse", p.Name)
		}
	}
}
