package k8s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/go-logr/logr"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/rules"
	"github.com/fennec-project/podtracer/k8s/transport"
)

// Connect prepares a connection to the cluster that the flags, the kubeconfig or podtracer's own pod name. It sends nothing yet. A
// credential plugin may use the terminal, if there is one, until LeaveTerminal.
//
// Errors: no kubeconfig and not in a cluster; a broken kubeconfig; a kubeconfig that is not read in time. All have hints.
func (f *Flags) Connect(ctx context.Context, terminal io.Writer) (*Cluster, error) {
	type result struct {
		cluster *Cluster
		err     error
	}
	done := make(chan result, 1)
	go func() { // ends when the file has been read; the process may end before
		cluster, err := f.connect(terminal)
		done <- result{cluster, err}
	}()
	select {
	case r := <-done:
		return r.cluster, r.err
	case <-ctx.Done():
		return nil, errors.New("interrupted while reading the kubeconfig")
	case <-time.After(readingTime):
		return nil, hint.Add(fmt.Errorf("read kubeconfig: it was not read within %s", readingTime), "is it a FIFO that nobody writes to?")
	}
}

func (f *Flags) connect(terminal io.Writer) (*Cluster, error) {
	loader := f.loader()
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, hint.Add(fmt.Errorf("read kubeconfig: %w", err), "correct the file, or name another one with --kubeconfig")
	}
	inCluster := len(raw.Clusters) == 0 && f.overrides.ClusterInfo.Server == ""
	if inCluster && os.Getenv("KUBERNETES_SERVICE_HOST") == "" {
		return nil, noKubeconfig()
	}
	chosen := f.choose(raw)
	if err := errors.Join(chosen.missing(inCluster), chosen.checkFiles()); err != nil {
		return nil, err
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, hint.Add(fmt.Errorf("read kubeconfig: %w", err), "correct it, or choose another --context"+contextsOf(raw))
	}
	api, plugin, err := newClient(config, terminal)
	if err != nil {
		return nil, hint.Add(fmt.Errorf("connect to the API: %w", err), "check the server of the kubeconfig's context, or choose another --context")
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	if !rules.IsLabel(namespace) {
		return nil, hint.Add(fmt.Errorf("%.80q cannot be the name of a namespace", namespace), "it comes from -n or from the kubeconfig's context")
	}
	name := rules.Printable(f.name(raw.CurrentContext, inCluster), rules.LongestText, "")
	return &Cluster{api: api, name: name, namespace: namespace, inCluster: inCluster, plugin: plugin}, nil
}

// noKubeconfig says that there is no kubeconfig. $KUBECONFIG may name files that do not exist or are empty.
func noKubeconfig() error {
	const advice = "name one with --kubeconfig or $KUBECONFIG; without any cluster, try: podtracer demo"
	if named := os.Getenv("KUBECONFIG"); named != "" {
		return hint.Add(fmt.Errorf("no kubeconfig, and not in a cluster: $KUBECONFIG names %s, which names no cluster", rules.Printable(named, rules.LongestText, "")), advice)
	}
	return hint.Add(errors.New("no kubeconfig, and not in a cluster"), advice)
}

func (f *Flags) name(current string, inCluster bool) string {
	switch {
	case f.overrides.CurrentContext != "":
		return f.overrides.CurrentContext
	case inCluster:
		return "in cluster"
	case current == "":
		return f.overrides.ClusterInfo.Server
	default:
		return current
	}
}

// newClient returns a client that asks for protobuf, which is decoded in a fifth of the time of JSON, and may send more than
// client-go's default of five requests a second.
func newClient(config *rest.Config, terminal io.Writer) (*api, *transport.Plugin, error) {
	config = rest.CopyConfig(config)
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.QPS, config.Burst = 50, 100
	config.UserAgent = "podtracer"
	config.WarningHandler = rest.NoWarnings{}
	asker, plugin, err := transport.Client(config, terminal)
	if err != nil {
		return nil, nil, err
	}
	client, err := newAPI(config, asker)
	return client, plugin, err
}

const readingTime = 5 * time.Second // limit for reading the kubeconfig

// Silence keeps client-go from writing to standard error, where it would disturb the console's screen and the output of scripts.
// What matters comes back as errors. Silence must be called before anything else in this package.
func Silence() {
	klog.SetLogger(logr.Discard()) // the logger that its flags configure would also write errors to standard error
	utilruntime.ErrorHandlers = nil
	log.SetOutput(io.Discard) // net/http logs there what an odd server sends
}
