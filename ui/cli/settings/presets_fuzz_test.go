package settings

import (
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/command"
)

// FuzzPresets tries files of any kind in the place of a person's own presets.
func FuzzPresets(f *testing.F) {
	for _, text := range []string{
		"", "# nothing yet\n", "---\n[]\n", "- name: a\n  tool: ss\n  arguments: -t 'x'\n", "- {name: \"\\e]52;c;aGk=\\a\", tool: \"\\u202e\"}\n",
		"- &a [*a]\n", "- ? {}\n", "!!binary x", "- name: |\n    a\n    b\n  tool: x\n", "a: &a [x, *a]\n", "\xff\xfe- \x00",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		presets, err := parsePresets(text)
		names := map[string]bool{}
		for _, p := range presets {
			if p.Name == "" || p.Tool == "" || names[p.Name] || !printable.Is(p.Name+p.Tool+p.Symptom+p.Args+p.Why) || len(p.Args) > longestPreset {
				t.Errorf("%q gives %+v", text, p)
			}
			if _, err := command.Split(p.Args); err != nil {
				t.Errorf("%q: %v", text, err)
			}
			names[p.Name] = true
		}
		if err != nil && !strings.HasPrefix(err.Error(), presetsFile+":") {
			t.Errorf("%q gives an error without a place: %v", text, err)
		}
	})
}
