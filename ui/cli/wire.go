package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/k8s/kubeconfig"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/roster"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui"
)

// options are the flags that all commands share.
type options struct {
	args            []string // of this process, with its name
	streams         Streams
	work            *Work
	flags           *kubeconfig.Flags
	runtimeEndpoint string
	hostProc        string
	runtimeOnly     bool
	dataDir         string
	helper          helperOptions
	starting        *pflag.FlagSet // the flags that say how tools are started
	connected       *k8s.Cluster   // nil before cluster
	advised         []string       // hints that were given
}

// newOptions are options without any flags yet. The arguments begin with the name of the program.
func newOptions(args []string, streams Streams, work *Work) *options {
	return &options{args: args, streams: streams, work: work, flags: kubeconfig.NewFlags(), starting: pflag.NewFlagSet("starting", pflag.ContinueOnError)}
}

// cluster is the cluster that a command asks several times: a credential plugin is run once for all of them.
func (o *options) cluster(ctx context.Context) (*k8s.Cluster, error) {
	if o.connected != nil {
		return o.connected, nil
	}
	cluster, err := k8s.Connect(ctx, o.flags, o.streams.Err)
	if err == nil {
		o.connected = cluster
	}
	return cluster, err
}

func (o *options) addTo(flags *pflag.FlagSet) {
	o.starting.StringVar(&o.runtimeEndpoint, "runtime-endpoint", "", "socket of the container runtime, asked before the usual ones")
	o.starting.BoolVar(&o.runtimeOnly, "runtime-only", false, "only the pods of this node, as its container runtime has them; the API is not asked")
	o.starting.StringVar(&o.hostProc, "host-proc", "", "where the node's /proc is (default /host/proc if it is there, else /proc)")
	o.helper.addTo(o.starting)
	flags.AddFlagSet(o.starting)
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
	own     string          // the pod that podtracer runs in, NAMESPACE/NAME; "" before reachFar
	node    *roster.Node    // this node, where its runtime can be asked which pods it has; else nil
	far     *agent.Launcher // reaches pods of all nodes; nil before reachFar
	helpers *helpers        // nil before reachFar

	contexts func() []string // others that could be used
	close    func() error
}

// connect wires a real cluster. A credential plugin may ask something at the terminal, which nobody else uses yet.
func (o *options) connect(ctx context.Context) (*world, error) {
	cluster := k8s.Unasked(o.flags.Namespace())
	if !o.runtimeOnly {
		var err error
		if cluster, err = k8s.Connect(ctx, o.flags, o.streams.Err); err != nil {
			return nil, err
		}
	}
	defer o.tellSilence(cluster)()
	here, proc := cluster.Here(ctx), o.proc()
	cri := ns.NewCRI(o.runtimeEndpoint, proc)
	return &world{
		cluster: cluster,
		here:    here,
		finder:  ns.First(cri, ns.NewProc(proc)),
		alone:   o.runtimeOnly,
		node:    &roster.Node{Here: here, Runtime: ns.NewResidents(cri)},

		contexts: o.flags.Contexts,
		close:    func() error { return nil },
	}, nil
}

// connectToRun is connect for what runs tools. With --runtime-only it is refused where no pod would ever be listed.
func (o *options) connectToRun(ctx context.Context) (*world, error) {
	w, err := o.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.checkAlone(ctx, w); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// checkAlone refuses --runtime-only on a machine that has no container runtime, such as a laptop.
//
// Errors: what the flag is for, with hints.
func (o *options) checkAlone(ctx context.Context, w *world) error {
	inPod := os.Getenv("KUBERNETES_SERVICE_HOST") != "" // where the node's /run may be missing, and is asked for
	if !w.alone || w.node == nil || w.here.Sure || inPod || o.runtimeEndpoint != "" {
		return nil
	}
	if _, err := w.node.Runtime.List(ctx); !errors.Is(err, ns.ErrNoSocket) && !errors.Is(err, ns.ErrNotLinux) {
		return nil
	}
	err := fmt.Errorf("--runtime-only: no container runtime has a socket on this machine, %s, so it is no node whose pods could be taken from there", w.here.Name)
	err = hint.Add(err, "without --runtime-only podtracer asks the API, and reaches the pods of all nodes through helpers: from any machine with a kubeconfig")
	return hint.Add(err, "it is for a node, or a pod there that has the node's /run (manifests/debug-pod.yaml); a socket elsewhere is named with --runtime-endpoint")
}

// listing is which pods there are, whose addresses are whose, and what becomes of a pod.
type listing interface {
	ui.Pods
	tools.Pods
	save.Names
}

// follow follows the pods of the API, and of this node while the API does not answer.
func (w *world) follow(ctx context.Context) (pods listing, wait func()) {
	if w.alone && w.node != nil {
		return roster.Alone(ctx, w.node)
	}
	watch, watched := w.cluster.WatchFrom(ctx, w.here.Name)
	if w.node == nil {
		return watch, watched
	}
	pods, followed := roster.Follow(ctx, watch, w.node)
	return pods, func() { followed(); watched() }
}

// reachFar lets tools run on other nodes, if the API allows helpers.
func (w *world) reachFar(ctx context.Context, o *options) {
	if w.alone {
		return
	}
	made := o.helpersOf(ctx, w.cluster)
	w.helpers, w.own = made, made.Own()
	version, _ := build()
	w.far = &agent.Launcher{Here: w.local(), Helpers: made, By: person(), Version: version, Image: made.image}
	w.close = func() error {
		w.far.Close()
		defer time.AfterFunc(2*time.Second, func() { say(o.streams.Err, "waiting for the API to delete the helpers") }).Stop()
		return made.end(ctx)
	}
}

// ownPod is the pod that podtracer runs in, NAMESPACE/NAME; "" if it does not run in one, or may not know.
func (w *world) ownPod(ctx context.Context, o *options) string {
	if w.own == "" {
		w.own = w.cluster.Helpers(context.WithoutCancel(ctx), o.helper.Options).Own()
	}
	return w.own
}

// launcher starts tools in the pods of this node and, after reachFar, of other nodes.
func (w *world) launcher() agent.Node {
	if w.far != nil {
		return w.far
	}
	return w.local()
}

// isDemo says whether the pods are those of the demo, which end with it.
func (w *world) isDemo() bool { return w.node == nil }

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
	o.work.begin(o.call().Here("runs"))
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

// person is who runs podtracer, as far as is known: anna@node-1. In a container the host is the pod.
func person() string {
	name := os.Getenv("SUDO_USER")
	if name == "" {
		name = "uid " + strconv.Itoa(os.Getuid())
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}
