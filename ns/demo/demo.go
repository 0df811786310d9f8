// Package demo is a small node whose pods are real network namespaces, with traffic between them. The built-in cluster of
// `podtracer demo` and the tests of tools use it.
//
// Nothing of it has a name outside this process, so it is gone with the process, however that ends. A Node owns its namespaces
// and the goroutines of its traffic: when RemovePod and Close have returned, none is left. It needs the right to make namespaces,
// which RunInUserNamespace gives to a process without root.
//
// Start reading at New and Node, which is a ns.Finder; RunInUserNamespace and InUserNamespace.
package demo

// NodeUID is the UID under which the node itself takes part in the traffic, as a kubelet or a hostNetwork pod does.
const NodeUID = ""
