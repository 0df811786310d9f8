package fakes

import (
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Launcher is one that is sure to be on a node. It is only asked, never told to launch.
func Launcher(node string) *launch.Local {
	return &launch.Local{Here: k8s.Node{Name: node, Sure: true}}
}
