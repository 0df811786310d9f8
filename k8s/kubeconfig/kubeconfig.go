// Package kubeconfig finds out which cluster a person means, and as whom: by kubectl's flags, kubeconfig files, or the service account
// of podtracer's own pod. It asks no cluster.
package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"k8s.io/client-go/rest"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// Cluster is the cluster that a person means.
type Cluster struct {
	Config    *rest.Config
	Name      string // of the context, or of the server without one
	Namespace string // the default one
	InCluster bool   // podtracer runs in it, and uses its pod's service account
}

// Cluster reads the kubeconfig files, which may be a FIFO that nobody writes to.
//
// Errors: no kubeconfig and not in a cluster; a broken kubeconfig; a user, or files, that it names and that cannot be had. All have hints.
func (f *Flags) Cluster() (Cluster, error) {
	loader := f.loader()
	raw, err := loader.RawConfig()
	if err != nil {
		return Cluster{}, hint.Add(fmt.Errorf("read kubeconfig: %w", err), "correct the file, or name another one with --kubeconfig")
	}
	inCluster := len(raw.Clusters) == 0 && f.overrides.ClusterInfo.Server == ""
	if inCluster && os.Getenv("KUBERNETES_SERVICE_HOST") == "" {
		return Cluster{}, f.noKubeconfig()
	}
	chosen := f.choose(raw)
	if err := cmp.Or(chosen.missing(inCluster), chosen.stranger(f.overrides.Context.AuthInfo != ""), chosen.checkFiles()); err != nil {
		return Cluster{}, err
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return Cluster{}, hint.Add(fmt.Errorf("read kubeconfig: %w", err), "correct it, or choose another --context"+contextsOf(raw))
	}
	if err := checkCertificates(config); err != nil {
		return Cluster{}, err
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return Cluster{}, fmt.Errorf("read kubeconfig: %w", err)
	}
	if !rules.IsLabel(namespace) {
		return Cluster{}, hint.Add(fmt.Errorf("%.80q cannot be the name of a namespace", namespace), "it comes from -n or from the kubeconfig's context")
	}
	name := rules.Printable(f.name(raw.CurrentContext, inCluster), rules.LongestText, "")
	return Cluster{Config: config, Name: name, Namespace: namespace, InCluster: inCluster}, nil
}

// noKubeconfig says that there is no kubeconfig. $KUBECONFIG may name files that do not exist or are empty.
func (f *Flags) noKubeconfig() error {
	advice := "name one with --kubeconfig or $KUBECONFIG; without any cluster, try: " + f.Demo
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
