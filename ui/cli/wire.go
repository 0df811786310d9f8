package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
)

// options are the flags that all commands share.
type options struct {
	args            []string // of this process, with its name
	streams         Streams
	work            *Work
	flags           *k8s.Flags
	runtimeEndpoint string
	hostProc        string
	dataDir         string
	helper          helperOptions
}

func (o *options) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&o.runtimeEndpoint, "runtime-endpoint", "", "socket of the container runtime, asked before the usual ones")
	flags.StringVar(&o.hostProc, "host-proc", "", "where the node's /proc is (default /host/proc if it is there, else /proc)")
	o.helper.addTo(flags)
	flags.StringVar(&o.dataDir, "data-dir", "", "where captures are kept (default $PODTRACER_DATA_DIR, else the state directory of the user)")
}

func (o *options) proc() string {
	const mounted = "/host/proc"
	switch _, err := os.Stat(mounted + "/1"); {
	case o.hostProc != "":
		return o.hostProc
	case err == nil:
		return mounted
	default:
		return "/proc"
	}
}

// directory is the data directory.
//
// Errors: nothing says where it is, with a hint.
func (o *options) directory() (string, error) {
	if o.dataDir != "" {
		return o.dataDir, nil
	}
	return store.DefaultPath()
}

// makeDirectory creates the data directory.
func (o *options) makeDirectory() error {
	dir, err := o.directory()
	if err != nil {
		return err
	}
	return store.MakeAlone(dir)
}

// stateDir is where the console keeps what it knows of the person, apart from captures.
func (o *options) stateDir() (string, error) {
	dir, err := o.directory()
	return filepath.Join(dir, "console"), err
}

// world is what commands work on: a cluster, this node, and the way into its pods.
type world struct {
	cluster *k8s.Cluster
	here    k8s.Node
	finder  ns.Finder
	alone   bool            // there are no other nodes
	far     *agent.Launcher // reaches pods of all nodes; nil before reachFar
	close   func() error
}

// connect wires a real cluster. A credential plugin may ask something at the terminal, which nobody else uses yet.
func (o *options) connect(ctx context.Context) (*world, error) {
	cluster, err := o.flags.Connect(ctx, o.streams.Err)
	if err != nil {
		return nil, err
	}
	defer o.tellSilence(cluster)()
	proc := o.proc()
	return &world{
		cluster: cluster,
		here:    cluster.Here(ctx),
		finder:  ns.First(ns.NewCRI(o.runtimeEndpoint, proc), ns.NewProc(proc)),
		close:   func() error { return nil },
	}, nil
}

// reachFar lets tools run on other nodes, if the API allows helpers.
func (w *world) reachFar(ctx context.Context, o *options) {
	if w.alone {
		return
	}
	made := o.helpersOf(ctx, w.cluster)
	w.far = &agent.Launcher{Here: w.local(), Helpers: made}
	w.close = func() error {
		w.far.Close()
		return made.end(ctx)
	}
}

// launcher starts tools in the pods of this node and, after reachFar, of other nodes.
func (w *world) launcher() launch.Launcher {
	if w.far != nil {
		return w.far
	}
	return w.local()
}

// login lets a credential plugin have the terminal before the console does.
func (w *world) login(ctx context.Context, o *options) error {
	defer o.tellSilence(w.cluster)()
	if err := w.cluster.Login(ctx); err != nil {
		return errors.New("interrupted while the credential plugin was waited for")
	}
	return nil
}

// tellSilence says again and again that the API has not answered, until it has.
func (o *options) tellSilence(cluster *k8s.Cluster) (answered func()) {
	began, done := time.Now(), make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() { // ends with answered
		again := time.NewTicker(k8s.SilentAfter)
		defer again.Stop()
		for {
			select {
			case <-done:
				return
			case <-again.C:
				say(o.streams.Err, "%s; still asking", cluster.Silent(began))
			}
		}
	})
	return func() {
		close(done)
		telling.Wait()
	}
}

// runs are ready to start tools in this world's pods.
func (w *world) runs(ctx context.Context, o *options, pods tools.Pods, names save.Names) (*tools.Runs, error) {
	deps, err := o.deps(names)
	if err != nil {
		return nil, err
	}
	deps.Launcher, deps.Pods = w.launcher(), pods
	runs, err := tools.NewRuns(ctx, deps)
	o.work.begin()
	return runs, err
}

// local starts tools in this world's pods.
func (w *world) local() *launch.Local { return &launch.Local{Finder: w.finder, Here: w.here} }

// deps are what is needed to keep and save output, without any pod.
func (o *options) deps(names save.Names) (tools.Deps, error) {
	dir, err := o.directory()
	version, _ := build()
	return tools.Deps{DataDir: dir, Maker: save.Maker{Names: names, Program: "podtracer " + version, Person: person()}}, err
}

// store is what the data directory holds; names tell whose addresses are whose.
func (o *options) store(names save.Names) (*store.Store, error) {
	deps, err := o.deps(names)
	return store.Open(deps.DataDir, deps.Maker), err
}
