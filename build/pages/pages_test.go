package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/ui/cli"
)

func TestEachCommandHasAManualPageThatKnowsNothingOfTheMachineThatMadeIt(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		page, err := os.ReadFile(filepath.Join(dir, "man", strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"))
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(page), home) {
			t.Errorf("the page of %s names the home of whoever made it", c.CommandPath())
		}
		if usage := strings.ReplaceAll(string(page), `\-`, "-"); !strings.Contains(usage, c.UseLine()) {
			t.Errorf("the page of %s does not have its usage, %s", c.CommandPath(), c.UseLine())
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				check(sub)
			}
		}
	}
	check(cli.Command())
	for _, script := range []string{"podtracer.bash", "_podtracer", "podtracer.fish", "podtracer.ps1"} {
		if text, err := os.ReadFile(filepath.Join(dir, "completion", script)); err != nil || !strings.Contains(string(text), "podtracer") {
			t.Errorf("%s: %v", script, err)
		}
	}
}
