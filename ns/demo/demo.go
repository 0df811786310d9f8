// Package demo is a small node of its own, with pods that are real network namespaces and traffic between them: what the built-in
// cluster of `podtracer demo` runs on, and the tests of tools.
//
// Nothing of it has a name outside this process, so it is gone with the process, however that ends. A Node owns its namespaces
// and the goroutines of its traffic: when RemovePod and Close have returned, none is left. It needs the right to make namespaces,
// which RunInUserNamespace has without root.
//
// The door: New and Node, which is a ns.Finder; RunInUserNamespace and InUserNamespace.
package demo

// NodeUID is the UID under which the node itself takes part in the traffic, as a kubelet or a hostNetwork pod does.
const NodeUID = ""
