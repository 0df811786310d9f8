package fakes

import (
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Launcher is one that is sure to be on a node. It is only asked, never told to launch.
func Launcher(node string) *launch.Local {
	return &launch.Local{Here: k8s.Node{Name: node, Sure: true}}
}

// Preview is what runs where a tool may become another user, wherever this test runs.
func Preview(r tools.Request) (tool, decoder []string, err error) {
	root := func(argv []string) []string {
		if len(argv) > 3 && argv[1] == "-Z" {
			return append(argv[:1:1], argv[3:]...)
		}
		return argv
	}
	tool, decoder, err = r.Preview()
	return root(tool), root(decoder), err
}
