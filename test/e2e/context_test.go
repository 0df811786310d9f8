//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"

	screens "github.com/fennec-project/podtracer/test/terminal"
)

func TestAnotherContextIsGoneToInTheConsoleAndOneThatLeadsNowhereLeadsBack(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "context", apiServer(t))
	config := filepath.Join(l.dir, "kubeconfig")
	kubectl(t, "--kubeconfig", config, "config", "set-context", "other", "--cluster=podtracer", "--user=admin")
	kubectl(t, "--kubeconfig", config, "config", "set-context", "broken", "--cluster=missing", "--user=admin")
	const columns, rows = 100, 30
	console, err := screens.Start(l.podtracer(t.Context()), columns, rows)
	if err != nil {
		t.Fatal(err)
	}
	defer console.Close()
	for _, step := range []struct {
		keys string
		sees []string
	}{
		{"", []string{"podtracer  podtracer - ", "* live"}},
		{"c", []string{"podtracer (this one)", "broken", "other"}},
		{"brok", []string{"type to narrow brok"}},
		{"\r", []string{"podtracer  podtracer - ", `go to context broken: context "broken" names cluster "missing"`, "* live"}},
		{"c", []string{"podtracer (this one)", "other"}},
		{"oth\r", []string{"podtracer  other - ", "* live"}},
	} {
		if err := console.Press(step.keys); err != nil {
			t.Fatal(err)
		}
		if err := console.Sees(patience, columns, rows, step.sees...); err != nil {
			t.Fatal(err)
		}
	}
	if err := console.Press("q"); err != nil {
		t.Fatal(err)
	}
	if status, err := console.Wait(patience); status != 0 || err != nil {
		t.Errorf("it ended with %d (%v)", status, err)
	}
}
