// Package apart reads small files of others, who may want to block the reader. A file system whose server never answers (FUSE) keeps a
// process in the kernel; once its server has taken the request, not even SIGKILL ends that, and a process with such a thread never
// ends.
//
// So a path is walked a step at a time, but never onto a file system that somebody else serves, or that the node has not mounted, too: an
// overlay or a loop device of a pod may be stored on a served one. It opens only regular files, and none that the kernel generates, such as
// /proc/kmsg, whose content can be read only once. It does not wait for a file on which another process holds a lease (fcntl(2)).
// Furthermore, Read reads in a separate process, which is given up after a second. That process is podtracer's own executable under
// another name, which takes over as a guard does (package guard), so this package, too, imports the standard library only.
package apart

// Name is the first argument of a reader, as ps(1) shows it.
const Name = "podtracer-reader"
