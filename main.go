// Podtracer runs network tools in the network namespace of a pod.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	_ "github.com/fennec-project/podtracer/internal/enough" // ends here where processes or open files are too few
	_ "github.com/fennec-project/podtracer/internal/guard"  // becomes the guard of a tool if it was started as one
	"github.com/fennec-project/podtracer/internal/quietterm"
	"github.com/fennec-project/podtracer/ui/cli"
)

// The main goroutine keeps the main thread, so that no goroutine that enters a pod can ever get it (see package ns).
func init() { runtime.LockOSThread() }

// collectMore makes podtracer a guest on the node that takes a little time for half of the memory, from the first collection
// on: a command that soon ends is not worth one, which looks through 5 MiB of gopacket's tables.
func collectMore() {
	first := new([32]byte) // what the first collection finds to be unused
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, 50)
}

func main() {
	quietterm.Restore()
	collectMore()
	signals := make(chan os.Signal, 8) // more than that say nothing new
	signal.Notify(signals, ends()...)
	signal.Ignore(syscall.SIGPIPE) // a closed standard output is an error like any other, and is reported
	work := &cli.Work{}
	ctx, hurried := cli.EndBySignal(context.Background(), signals, os.Stderr, work)
	os.Exit(besideMain(hurried, func() int {
		return cli.Main(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, work)
	}))
}

// ends are the signals that end podtracer. Under nohup(1) a terminal that is closed does not.
func ends() []os.Signal {
	if signal.Ignored(syscall.SIGHUP) {
		return []os.Signal{os.Interrupt, syscall.SIGTERM}
	}
	return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
}

// besideMain runs f on another thread than the main one, and keeps that free: the kernel wakes the main thread for a signal
// before all others, and a file system that never answers would hold it, and with it every signal but SIGKILL. It does not wait for
// f once the status is in hurried: the guards then end the tools.
func besideMain(hurried <-chan int, f func() int) int {
	status := make(chan int)
	go func() { // ended by f, and then by the end of the process
		runtime.LockOSThread() // what dies with the thread that started it must not die with one that entered a pod (prctl(2))
		status <- f()
		select {}
	}()
	select {
	case s := <-status:
		return s
	case s := <-hurried:
		return s
	}
}
