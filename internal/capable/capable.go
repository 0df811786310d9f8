// Package capable lets a podtracer that is not root use the capabilities of its executable, and hand them to its tools.
//
// A container runtime gives the capabilities of a container to root only. For any other user they are a limit, and what counts is what the
// executable has (setcap(8)): podtracer's in the image has those of manifests/debug-pod-nonroot.yaml as permitted ones, so that one that
// the container does not have is missing, and the others work. This package, when it is initialised, makes those that are permitted effective, and ambient:
// tools have none of their own, and inherit them (capabilities(7)). Root needs nothing of that, and gets nothing.
//
// With no_new_privs, which allowPrivilegeEscalation: false sets, the kernel ignores what the executable has.
package capable
