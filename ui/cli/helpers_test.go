package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/k8s"
)

func TestFlagsWinOverTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	config := "helper: {namespace: debugging, image: theirs, priority-class: high, labels: {team: net}, node-selector: {zone: a}, idle: 5m}\n"
	path := filepath.Join(dir, "podtracer", "config.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &helperOptions{}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	h.addTo(flags)
	if err := flags.Parse([]string{"--helper-image", "mine", "--helper-label", "cost=7", "--helper-priority-class="}); err != nil {
		t.Fatal(err)
	}
	got, err := h.complete(true)
	if err != nil {
		t.Fatal(err)
	}
	if got.Namespace != "debugging" || got.Image != "mine" || got.Priority != "" || got.Idle != 5*time.Minute || got.NodeSelector["zone"] != "a" ||
		!cmp.Equal(got.Labels, map[string]string{"cost": "7"}) {
		t.Errorf("%+v", got)
	}
	if err := os.WriteFile(path, []byte("helper:\n  imag: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.complete(true); err == nil || !strings.Contains(err.Error(), `config.yaml:2: unknown field "imag"`) {
		t.Errorf("got %v", err)
	}
}

func TestAMistakeInTheConfigurationIsToldAndEndsNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if err := os.MkdirAll(filepath.Join(dir, "podtracer"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "podtracer", "config.yaml"), []byte("helper: 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOptions([]string{"podtracer"}, Streams{}, &Work{})
	o.helper.addTo(pflag.NewFlagSet("", pflag.ContinueOnError))
	w := &world{cluster: &k8s.Cluster{}}
	w.reachFar(t.Context(), o)
	if err := w.far.Helpers.Allowed(); err == nil || !strings.Contains(err.Error(), "config.yaml:1") {
		t.Errorf("got %v", err)
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
}
