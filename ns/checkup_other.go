//go:build !linux

package ns

import (
	"context"

	"github.com/fennec-project/podtracer/internal/checkup"
)

// Checkup says that tools run on Linux nodes only.
func Checkup(context.Context, string, string) []checkup.Finding {
	return []checkup.Finding{{
		Subject: "this system", State: checkup.Failure, Found: ErrNotLinux.Error(), Means: "no tool can run in a pod from here",
		Advice: "run podtracer on the pod's node, or in a debug pod there like the one in manifests/",
	}}
}
