package tools

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
)

func TestThePromptOfAShellNamesThePodAndRunsNothingThatStandsInItsName(t *testing.T) {
	n := newNode(t)
	touched := filepath.Join(t.TempDir(), "touched")
	hostile := shop
	hostile.Name = "a$(touch " + touched + ")`touch " + touched + "`${x:=$(touch " + touched + ")}\\$(touch " + touched + ")!%"
	for _, shell := range [][]string{{"bash", "--norc"}, {"dash"}, {"busybox", "sh"}} {
		for name, c := range map[string]struct {
			pod  k8s.Pod
			want string
		}{
			"a pod":         {shop, "shop/shop # "},
			"a hostile one": {hostile, "shop/a__touch_/"},
		} {
			t.Run(name+" in "+shell[0], func(t *testing.T) {
				needTools(t, shell[0])
				keys := make(chan []byte)
				id := n.start(t, Request{Pod: c.pod, Argv: shell, Terminal: &launch.Size{Columns: 1000, Rows: 30}, Keys: keys})
				screen := newWaitingWriter()
				shown := make(chan error, 1)
				go func() { shown <- n.Copy(within(t, patience), id, screen) }() // ended by the shell
				screen.until(t, c.want)
				keys <- []byte("echo it-$((6*7)); exit\n")
				screen.until(t, "it-42")
				if err := <-shown; err != nil {
					t.Error(err)
				}
				n.wait(t, id)
				if _, err := os.Stat(touched); err == nil {
					t.Errorf("a command in the name of a pod was run: %q", screen)
				}
			})
		}
	}
}
