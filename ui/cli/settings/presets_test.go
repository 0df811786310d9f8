//go:build unix

package settings

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/command"
)

func TestOwnPresetsAreReadFromTheConfigurationDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if got, err := Presets(); got != nil || err != nil {
		t.Errorf("without a file: %v, %v", got, err)
	}
	path := filepath.Join(dir, "podtracer", "presets.yaml")
	text := "# mine\n- name: billing\n  symptom: 'billing: slow'\n  tool: tcpdump\n  arguments: -i eth0 -n host HOST and port 8443\n  why: its port\n- {name: 7, tool: /opt/x}\n"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Presets()
	want := []command.Preset{
		{Name: "billing", Symptom: "billing: slow", Tool: "tcpdump", Args: "-i eth0 -n host HOST and port 8443", Why: "its port"},
		{Name: "7", Tool: "/opt/x"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	t.Setenv("XDG_CONFIG_HOME", "relative")
	t.Setenv("HOME", "/home/x")
	if got := Path(presetsFile); got != "/home/x/.config/podtracer/presets.yaml" {
		t.Error(got)
	}
	if _, err := presetsIn(dir); err == nil || !strings.Contains(err.Error(), "not a file of settings") {
		t.Error(err)
	}
}

func TestOwnPresetsSayInWhichLineTheyAreWrong(t *testing.T) {
	good := "- name: a\n  tool: ss\n"
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"# nothing yet\n", ""},
		{"---\n[]\n", ""},
		{good + "- name: b\n  tool: ss\n  tols: x\n", `presets.yaml:5: unknown field "tols"`},
		{good + "- tool: ss\n", "presets.yaml:3: a preset without a name"},
		{good + "- name: b\n", `presets.yaml:3: preset "b" has no tool`},
		{good + "- name: ''\n  tool: ss\n", "presets.yaml:3: a preset without a name"},
		{good + good, `presets.yaml:3: there is a preset "a" already, in line 1`},
		{good + "  tool: ip\n", "presets.yaml:3: tool appears here a second time"},
		{good + "  arguments: [-t, -u]\n", "presets.yaml:3: arguments is not text"},
		{good + "  why:\n", "presets.yaml:3: why is not text"},
		{good + "  why: true\n", "presets.yaml:3: why is not text"},
		{good + "  arguments: \"-i 'open\"\n", "presets.yaml:3: arguments: a quote is not closed"},
		{good + "  why: |\n    two\n    lines\n", "presets.yaml:3: why contains a line break"},
		{good + "  why: \"\\e[2J\"\n", "presets.yaml:3: why contains a line break or an invisible character"},
		{"- name: a\n  tool: ss -t\n", `presets.yaml:2: tool "ss -t" is more than`},
		{"name: a\ntool: ss\n", "presets.yaml:1: this is not a list"},
		{good + "- just a word\n", "presets.yaml:3: this is not a preset"},
		{"- &x {name: a, tool: ss}\n- *x\n", "presets.yaml:2: this is not a preset"},
		{good + "---\n- name: b\n  tool: ss\n", "a second document"},
		{good + "- name: b: c\n  tool: ss\n", "presets.yaml:3: mapping values are not allowed"},
		{good + "\tx", "presets.yaml:3: found a tab character"},
		{good + "- name: \"b\n  tool: ss\n- name: c\n  tool: ss\n", "presets.yaml:3: found unexpected end of stream"},
		{good + "- name: b\n  toll: ss\n- name: c\n- name: d\n", "presets.yaml:4: unknown field \"toll\"\npresets.yaml:5: preset \"c\" has no tool\npresets.yaml:6: preset \"d\" has no tool"},
		{"- x\n- x\n- x\n- x\n- x\n", "presets.yaml:1: this is not a preset\npresets.yaml:2: this is not a preset\nand 3 more mistakes"},
	} {
		_, err := parsePresets([]byte(c.text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%q: %v", c.text, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || hint.Of(err) == ""):
			t.Errorf("%q: %v (hint %q), not %q", c.text, err, hint.Of(err), c.want)
		}
	}
}

func TestAMistakeInOnePresetLeavesTheOthersThere(t *testing.T) {
	got, err := parsePresets([]byte("- {name: a, tool: ss}\n- {name: b, toll: ss}\n- {name: c, tool: ip}\n- {name: a, tool: tc}\n"))
	if diff := cmp.Diff([]command.Preset{{Name: "a", Tool: "ss"}, {Name: "c", Tool: "ip"}}, got); diff != "" {
		t.Error(diff)
	}
	if err == nil || err.Error() != "presets.yaml:2: unknown field \"toll\"\npresets.yaml:4: there is a preset \"a\" already, in line 1" {
		t.Error(err)
	}
}

func FuzzOwnPresets(f *testing.F) {
	f.Add("- name: a\n  tool: ss\n  arguments: -t\n")
	f.Add("- &x {name: a, tool: ss}\n- *x\n")
	f.Fuzz(func(t *testing.T, text string) {
		presets, err := parsePresets([]byte(text))
		if err != nil && !strings.HasPrefix(err.Error(), "presets.yaml:") {
			t.Error(err)
		}
		for _, p := range presets {
			if p.Name == "" || p.Tool == "" {
				t.Errorf("%q: %+v", text, p)
			}
		}
	})
}

func TestPresetsAreReadFromFilesAlone(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "presets.yaml")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := presetsIn(fifo); err == nil || !strings.Contains(err.Error(), "not a file of settings") {
		t.Error(err)
	}
}

// What a preset says is run by whoever chooses it.
func TestPresetsThatSomebodyElseMayHaveMadeAreNotRead(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make what belongs to somebody else")
	}
	const stranger = 65533 // a user of whom nobody has heard
	good := []byte("- {name: a, tool: ss}\n")
	for _, c := range []struct {
		name string
		make func(dir string) error
		says string // "" for what is read
	}{
		{"a file of somebody else", func(dir string) error { return os.Chown(filepath.Join(dir, "presets.yaml"), stranger, stranger) }, "somebody else may have put"},
		{"a link of somebody else", func(dir string) error {
			return errors.Join(os.Rename(filepath.Join(dir, "presets.yaml"), filepath.Join(dir, "mine")),
				os.Symlink("mine", filepath.Join(dir, "presets.yaml")), os.Lchown(filepath.Join(dir, "presets.yaml"), stranger, stranger))
		}, "a link that somebody else may have made"},
		{"another name, in a shared directory, of a file that is not for that", func(dir string) error {
			return errors.Join(os.Link(filepath.Join(dir, "presets.yaml"), filepath.Join(dir, "theirs")), os.Chmod(dir, 0o777|fs.ModeSticky))
		}, "somebody else may have put"},
		{"one's own link, as to a collection of settings", func(dir string) error {
			return errors.Join(os.Rename(filepath.Join(dir, "presets.yaml"), filepath.Join(dir, "mine")),
				os.Symlink("mine", filepath.Join(dir, "presets.yaml")))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "podtracer")
			path := filepath.Join(dir, "presets.yaml")
			if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(path, good, 0o644), c.make(dir)); err != nil {
				t.Fatal(err)
			}
			presets, err := presetsIn(path)
			if c.says == "" && (err != nil || len(presets) != 1) {
				t.Errorf("%v, %v", presets, err)
			}
			if c.says != "" && (len(presets) > 0 || err == nil || !strings.Contains(err.Error(), c.says) || hint.Of(err) == "") {
				t.Errorf("%v, %v", presets, err)
			}
		})
	}
}
