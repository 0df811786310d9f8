// Podtracer runs network tools in the network namespace of a pod.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	_ "github.com/fennec-project/podtracer/internal/enough" // ends podtracer here if there are too few processes or open files
	_ "github.com/fennec-project/podtracer/internal/guard"  // turns this process into the guard of a tool if it was started as one
	"github.com/fennec-project/podtracer/internal/quietterm"
	"github.com/fennec-project/podtracer/ui/cli"
)

// The main goroutine keeps the main thread, so that a goroutine that enters a pod never runs on it (see package ns).
func init() { runtime.LockOSThread() }

// collectMore makes the garbage collector run more often, from its first run on: podtracer is a guest on the node, and halves its
// memory for a little CPU time. A short command should not pay for even one collection, which scans 5 MiB of gopacket's tables.
func collectMore() {
	first := new([32]byte) // unused, so the first collection frees it
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, 50)
}

func main() {
	quietterm.Restore()
	collectMore()
	signals := make(chan os.Signal, 8) // further signals would say nothing new
	signal.Notify(signals, ends()...)
	signal.Ignore(syscall.SIGPIPE) // so that writing to a closed standard output is an ordinary error, and is reported
	work := &cli.Work{}
	ctx, hurried := cli.EndBySignal(context.Background(), signals, os.Stderr, work)
	os.Exit(besideMain(hurried, func() int {
		return cli.Main(ctx, os.Args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, work)
	}))
}

// ends are the signals that end podtracer: SIGHUP only if it is not ignored, as it is under nohup(1).
func ends() []os.Signal {
	if signal.Ignored(syscall.SIGHUP) {
		return []os.Signal{os.Interrupt, syscall.SIGTERM}
	}
	return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
}

// besideMain runs f on another thread, to keep the main thread free: the kernel prefers the main thread for signals, and if a file
// system that never answers blocked it, no signal but SIGKILL would arrive. Once a status comes from hurried, it does not wait for
// f any more: the guards then end the tools.
func besideMain(hurried <-chan int, f func() int) int {
	status := make(chan int)
	go func() { // ends with the process
		runtime.LockOSThread() // children may be set to die with the thread that started them (prctl(2)), which must not be one that entered a pod
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
