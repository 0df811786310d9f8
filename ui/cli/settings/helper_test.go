package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
)

func TestWhatTheClusterWantsOfHelpersIsReadFromTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if got, err := ReadHelper(); err != nil || !cmp.Equal(got, Helper{}) {
		t.Errorf("without a file: %+v, %v", got, err)
	}
	const text = `# of our clusters
helper:
  namespace: debugging
  image: registry.example/podtracer:v1
  pull-policy: IfNotPresent
  pull-secrets: [one, two]
  priority-class: high
  service-account: helper
  labels: {team: net, "cost": "7"}
  annotations:
    why: 'a,b=c'
  node-selector: {kubernetes.io/os: linux}
  idle: 90s
`
	if err := os.MkdirAll(filepath.Join(dir, "podtracer"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "podtracer", "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadHelper()
	idle := 90 * time.Second
	want := Helper{
		Namespace: new("debugging"), Image: new("registry.example/podtracer:v1"), PullPolicy: new("IfNotPresent"), PriorityClass: new("high"),
		ServiceAccount: new("helper"), PullSecrets: []string{"one", "two"}, Labels: map[string]string{"team": "net", "cost": "7"},
		Annotations: map[string]string{"why": "a,b=c"}, NodeSelector: map[string]string{"kubernetes.io/os": "linux"}, Idle: &idle,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestTheConfigurationSaysInWhichLineItIsWrong(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"# nothing yet\n", ""},
		{"helper: {}\n", ""},
		{"helpers: {}\n", `config.yaml:1: unknown field "helpers"`},
		{"helper:\n  image: a\n  imag: b\n", `config.yaml:3: unknown field "imag"`},
		{"helper:\n  image: a\n  image: b\n", "config.yaml:3: image appears here a second time"},
		{"helper:\n  image: [a]\n", "config.yaml:2: this is not text"},
		{"helper:\n  image: \"\\e[2J\"\n", "config.yaml:2: the text contains a line break"},
		{"helper:\n  pull-policy: Sometimes\n", `config.yaml:2: "Sometimes" is none of the values`},
		{"helper:\n  pull-secrets: one\n", "config.yaml:2: this is not a list"},
		{"helper:\n  labels: [a]\n", "config.yaml:2: these are not pairs"},
		{"helper:\n  labels:\n    a: b\n    c: 8\n", "config.yaml:4: this is not text"},
		{"helper:\n  labels:\n    a: b\n    a: c\n", "config.yaml:4: a appears here a second time"},
		{"helper:\n  idle: 5\n", "config.yaml:2: this is not text"},
		{"helper:\n  idle: -5s\n", `config.yaml:2: "-5s" is not how long`},
		{"helper: yes please\n", "config.yaml:1: these are not fields"},
		{"- helper\n", "config.yaml:1: these are not fields"},
		{"helper:\n  image: a: b\n", "config.yaml:2: mapping values are not allowed"},
		{"helper: {}\n---\nhelper: {}\n", "a second document"},
		{"helper:\n  a: x\n  b: x\n  c: x\n  d: x\n", "config.yaml:2: unknown field \"a\"\nconfig.yaml:3: unknown field \"b\"\nand 2 more mistakes"},
	} {
		_, err := parseHelper([]byte(c.text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%q: %v", c.text, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || hint.Of(err) == ""):
			t.Errorf("%q: %v (hint %q), not %q", c.text, err, hint.Of(err), c.want)
		}
	}
}

func FuzzConfiguration(f *testing.F) {
	f.Add("helper:\n  labels: {a: b}\n  pull-secrets: [x]\n")
	f.Add("helper: &a {labels: *a}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parseHelper([]byte(text)); err != nil && !strings.HasPrefix(err.Error(), "config.yaml:") {
			t.Error(err)
		}
	})
}

func TestAFileThatOthersCanWriteToIsNotRead(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	path := filepath.Join(dir, "podtracer", "config.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("helper: {image: planted}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o602, 0o620, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadHelper(); err == nil || !strings.Contains(hint.Of(err), "chmod go-w") {
			t.Errorf("with mode %o: %+v, %v", mode, got, err)
		}
	}
}
