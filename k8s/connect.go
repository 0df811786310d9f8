package k8s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/kubeconfig"
	"github.com/fennec-project/podtracer/k8s/transport"
)

// Connect prepares a connection to the cluster that the flags, the kubeconfig or podtracer's own pod name. It sends nothing yet. A
// credential plugin may use the terminal, if there is one, until LeaveTerminal.
//
// Errors: no kubeconfig and not in a cluster; a broken kubeconfig; a kubeconfig that is not read in time. All have hints.
func Connect(ctx context.Context, flags *kubeconfig.Flags, terminal io.Writer) (*Cluster, error) {
	type result struct {
		cluster *Cluster
		err     error
	}
	done := make(chan result, 1)
	go func() { // ends when the file has been read; the process may end before
		cluster, err := connect(flags, terminal)
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

func connect(flags *kubeconfig.Flags, terminal io.Writer) (*Cluster, error) {
	meant, err := flags.Cluster()
	if err != nil {
		return nil, err
	}
	api, plugin, err := newClient(meant.Config, terminal)
	if err != nil {
		return nil, hint.Add(fmt.Errorf("connect to the API: %w", err), "check the server of the kubeconfig's context, or choose another --context")
	}
	return &Cluster{api: api, name: meant.Name, namespace: meant.Namespace, inCluster: meant.InCluster, plugin: plugin}, nil
}

// ErrUnasked says that the API is not asked, because nobody wants that.
var ErrUnasked = errors.New("the API is not asked (--runtime-only)")

// Unasked is a cluster whose API is never asked: every question is answered with ErrUnasked.
func Unasked(namespace string) *Cluster {
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	config := &rest.Config{Host: "https://unasked.invalid", QPS: -1, Transport: unasked{}}
	client, _, _ := newClient(config, nil) // it fails only for a configuration that is wrong
	return &Cluster{api: client, name: "runtime only", namespace: namespace}
}

type unasked struct{}

func (unasked) RoundTrip(*http.Request) (*http.Response, error) { return nil, ErrUnasked }

// newClient returns a client that asks for protobuf, which is decoded in a fifth of the time of JSON, and may send more than
// client-go's default of five requests a second.
func newClient(config *rest.Config, terminal io.Writer) (*api, *transport.Plugin, error) {
	config = rest.CopyConfig(config)
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.QPS, config.Burst = 50, 100
	config.UserAgent = "podtracer"
	config.WarningHandler = rest.NoWarnings{}
	connection, err := transport.Connect(config, terminal)
	if err != nil {
		return nil, nil, err
	}
	client, err := newAPI(config, connection)
	return client, connection.Plugin, err
}

const readingTime = 5 * time.Second // limit for reading the kubeconfig

// Silence keeps client-go from writing to standard error, where it would disturb the console's screen and the output of scripts.
// What matters comes back as errors. Silence must be called before anything else in this package.
func Silence() {
	klog.SetLogger(logr.Discard()) // the logger that its flags configure would also write errors to standard error
	utilruntime.ErrorHandlers = nil
	log.SetOutput(io.Discard) // net/http logs there what an odd server sends
}
