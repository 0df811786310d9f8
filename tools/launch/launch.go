// Package launch starts a command in a pod's network namespace, moves its bytes, and stops it.
//
// It owns the process, its streams and its terminals until Launch returns; after that nothing of the command is left except what
// Exit names. A command is stopped in one place: interrupted, after 3 s asked to terminate, after 2 s more killed. A thread is in
// the pod only while the command is being started.
//
// It asks package command where a program is.
//
// Start reading at Launcher, with its Reach, Streams, Size and Exit; Local launches on this node.
package launch

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/clock"
)

// Launcher runs commands in the network namespaces of pods, and answers what depends on the machine that they run on.
type Launcher interface {
	// Reach says whether a tool can run in a pod, judging only by what the API knows of the pod.
	Reach(pod *k8s.Pod) Reach

	// Locate checks that a tool is installed where it would run for a pod; nil stands for this machine. It returns nil where only
	// Launch can find out.
	//
	// Errors: command.ErrNotInstalled, command.ErrNotExecutable.
	Locate(pod *k8s.Pod, tool string) error

	// Launch returns when the command and everything that it started has ended, and all its output has reached the streams. The
	// end of ctx stops the command.
	//
	// An error says that the command could not be run, or was lost; nothing of it is left except what Exit names.
	Launch(ctx context.Context, pod k8s.Pod, argv []string, s Streams) (Exit, error)
}

// Streams are what a command reads and writes.
type Streams struct {
	Stdin    io.Reader    // nil: empty
	Stdout   io.Writer    // gets the output as it comes; after it returns an error, the rest is discarded and the command goes on
	Stderr   io.Writer    // nil: stderr goes to Stdout, in the order in which it was written
	Terminal *Size        // output goes to a terminal of this size, so that the command does not hold lines back; nil: to a pipe
	Started  func()       // called once the command runs; may be nil
	Stopping func()       // called when podtracer begins to stop the command; may be nil
	Over     func()       // called when the command has ended, and only the last of its output is still to come; may be nil
	Renewed  func()       // called when the pod has another network namespace than the command; may be nil
	Notice   func(string) // gets what would surprise a person, each thing once; may be nil
	Named    func(string) // called with the name by which a command on another node can be followed there, from its first byte; may be nil
	Gripped  func(*Grip)  // called with what holds a command of this node, once it runs; may be nil
	Shared   func() bool  // whether somebody else follows the command by its name, so that what is kept there has to stay; nil: nobody does
	Away     func(Away)   // called when the output that has come falls behind what the command writes, and catches up; may be nil

	// Clock gets how far the clock of the pod's node is from that of this machine: once before the output comes, if that is known by
	// then, and again as the clocks are compared anew; may be nil.
	Clock func(clock.Offset)

	// With Keys the command has a whole terminal as its standard input, output and error. Keys are typed into it, and it is
	// resized to the Sizes that come.
	Keys  <-chan []byte
	Sizes <-chan Size

	// Hurried is closed when nobody wants to wait any longer for what a command has written that is to stop. It then gets the time to end, and
	// what has not come from another node by then is given up. nil: everybody waits.
	Hurried <-chan struct{}

	Ask <-chan Wish // wishes for a command that handles the signals for them; nil: there are none

	// Together lets the command start together with others, once it is known where and how it can start; nil: it waits for nobody.
	Together *Pass

	// Held stays open until the command and all its descendants have ended, even without podtracer; nil: no file is held.
	Held *os.File

	// Disposable says that nothing is lost with the command: it runs at the lowest priority, and stopping it kills it at once.
	Disposable bool

	// Podless says that the command needs nothing from the pod. If the pod is on another node, the command runs on this machine.
	Podless bool

	// Zone is the time zone in which the command writes times, in the form of TZ (POSIX.1-2017, 8.3); "": podtracer's own, where the command
	// runs.
	Zone string

	// Term names the terminal of the Keys, as TERM does (term(7)); "": podtracer's own, where the command runs.
	Term string
}

// ErrLetGo, as the cause for which a ctx ends, lets a command go on: on another node for those who follow it by its name, on this node for
// the process that has its Grip. It is also the error of Launch then.
var ErrLetGo = errors.New("it goes on without a console")

// ErrTimer, as the cause for which a ctx ends, stops a command because its time is up. Nobody has asked for that now and waits for it, so one
// that cannot be reached is waited for.
var ErrTimer = errors.New("stopped: its time was up")

// Direct is a Stdout with a file behind it. A launcher whose commands can write to a file of this machine may ask for the file.
type Direct interface {
	io.Writer
	// File opens the file for the command, which appends to it and closes it; that output does not come through Write. It is
	// nil if all output has to come through Write.
	File() (*os.File, error)
}

// Away says how far the output that has come is behind what a command on another node has written. The zero Away says that it is not.
type Away struct {
	Node  string
	Since time.Time // the command has not been reached since then; zero if it can be reached
	Bytes int64     // that are still to come, as far as is known
}

// Wish is a request to a running command.
type Wish int

// The wishes.
const (
	WishCounters Wish = iota // tell the counters: SIGUSR1
	WishFlush                // flush what is held back: SIGUSR2, sent while the command waits for packets
)

// Size is the size of a terminal, in characters.
type Size struct{ Columns, Rows int }

// Exit is how a command ended.
type Exit struct {
	Code    int            // exit status; -1 if a signal killed the command
	Signal  syscall.Signal // the signal that killed the command, or 0
	Stopped bool           // it was stopped, because ctx ended
	Killed  bool           // it was stopped but did not end, so it was killed: its last output may be missing
	Strays  int            // descendants that outlived the command and were then ended
	Left    []string       // processes that could not be ended: "1234 (cat)"
	Lacks   string         // if the command failed: a capability that it needs and did not have; "" if there is none
}

// Struck says whether the command died of a signal with which no command is asked to end: it crashed, or somebody killed it, even if it
// was just being stopped.
func (e Exit) Struck() bool {
	switch e.Signal {
	case 0, syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM:
		return false
	default:
		return !e.Killed
	}
}
