// Package launch starts a command in a pod's network namespace, moves its bytes, and stops it.
//
// It owns the process, its streams and terminals for as long as Launch has not returned; after that nothing of the command is
// left but what the Exit names. A command is stopped in one place: interrupted, after 3 s asked to terminate, after 2 more
// killed. A thread is in the pod only while the command is being started.
//
// It asks command where a program lies.
//
// The door: Launcher, with its Reach, Streams, Size and Exit; Local, which launches on this node.
package launch

import (
	"context"
	"io"
	"os"
	"syscall"

	"github.com/fennec-project/podtracer/k8s"
)

// Launcher runs commands in the network namespaces of pods. What depends on the machine that they run on is asked of it.
type Launcher interface {
	// Reach says whether a tool can run in a pod, by what the API knows of the pod: nobody is asked.
	Reach(pod *k8s.Pod) Reach

	// Locate says whether a tool is there.
	//
	// Errors: command.ErrNotInstalled, command.ErrNotExecutable.
	Locate(tool string) error

	// Launch returns when the command and everything that it started has ended, and all that it wrote has reached the
	// streams. When ctx ends, the command is stopped.
	//
	// An error says that the command could not be run, or was lost, and that nothing of it is left but what the Exit names.
	Launch(ctx context.Context, pod k8s.Pod, argv []string, s Streams) (Exit, error)
}

// Streams are where a command reads and writes.
type Streams struct {
	Stdin    io.Reader    // nil: nothing to read
	Stdout   io.Writer    // gets the bytes as they come; an error of it stops nothing, the rest is thrown away
	Stderr   io.Writer    // nil: where Stdout goes, in the order in which it was written
	Terminal *Size        // what the command writes to is a terminal of this size, so that it does not hold lines back; nil: a pipe
	Started  func()       // called once the command runs; may be nil
	Stopping func()       // called when the command is being stopped; may be nil
	Renewed  func()       // called when the pod has another network namespace than the command; may be nil
	Notice   func(string) // gets what would surprise a person, once each; may be nil

	// With Keys the command has a whole terminal, which is its standard input, output and error: keys are typed into it, and
	// it takes the sizes that come.
	Keys  <-chan []byte
	Sizes <-chan Size

	Ask <-chan Wish // of a command that handles the signal for it; nil: nobody asks

	// Held stays open until the command and all that came from it has ended, also without podtracer; nil: nothing does.
	Held *os.File

	// Disposable says that nothing is lost with the command: it gets only the time that nobody else needs, and is killed at
	// once when it is stopped.
	Disposable bool
}

// Direct is a Stdout with a file behind it. A launcher whose commands can write into a file of this machine may ask for that.
type Direct interface {
	io.Writer
	// File opens the file for the command, which appends to it and closes it: nothing of that comes through Write. It is nil
	// where everything has to.
	File() (*os.File, error)
}

// Wish is what a running command is asked for.
type Wish int

// The wishes.
const (
	WishCounters Wish = iota // that it tells its counters: SIGUSR1
	WishFlush                // that it writes what it holds back: SIGUSR2, if it waits for more
)

// Size is that of a terminal, in characters.
type Size struct{ Columns, Rows int }

// Exit is how a command ended.
type Exit struct {
	Code    int            // of exit(2); -1 if it died of a signal
	Signal  syscall.Signal // that it died of, or 0
	Stopped bool           // it was stopped, because ctx ended
	Killed  bool           // … and did not end when asked to, so it was killed: its last output may be missing
	Strays  int            // processes that it left behind and that were ended
	Left    []string       // what could not be ended: "1234 (cat)"
	Lacks   string         // the capability that the tool needs and has not where it ran, if it failed; "" if there is none
}
