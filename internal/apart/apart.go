// Package apart reads small files of others, who may want to hold the reader: a file system whose server never answers
// (FUSE) keeps a process in the kernel, and once its server has taken the question not even SIGKILL ends that. A process
// with such a thread never ends.
//
// So a path is walked a step at a time, and no step is taken onto a file system that somebody else serves, or that the node has not
// mounted, too: an overlay or a loop device that a pod has made may lie on a served one. What is
// no regular file is not opened, nor what the kernel makes up, such as its log in /proc/kmsg, which can be read once, and a file that another process holds (fcntl(2), leases) is not waited for. Beyond
// that, Read reads in a process of its own, which is given up after a second. It is podtracer's own executable under
// another name, which takes over as a guard does (package guard): this package, too, needs the standard library only.
package apart

// Name is the first argument of a reader, as ps(1) shows it.
const Name = "podtracer-reader"
