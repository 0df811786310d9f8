package fakes

import (
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Launcher makes a launcher that is sure of its node. Tests ask it what it can reach, and never launch anything.
func Launcher(node string) *launch.Local {
	return &launch.Local{Here: k8s.Node{Name: node, Sure: true}}
}
