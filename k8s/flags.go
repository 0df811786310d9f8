package k8s

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/homedir"
)

// Flags are kubectl's own flags for which cluster and as whom.
type Flags struct {
	kubeconfig string
	overrides  clientcmd.ConfigOverrides
	namespace  string
	extra      []string // of the person to act as: key=value
}

// NewFlags returns the flags with their defaults.
func NewFlags() *Flags {
	return &Flags{overrides: clientcmd.ConfigOverrides{ClusterDefaults: clientcmd.ClusterDefaults}}
}

// AddTo registers the flags with kubectl's words. --server goes without kubectl's short form -s, which is podtracer's
// --stdout.
func (f *Flags) AddTo(flags *pflag.FlagSet) {
	names := clientcmd.RecommendedConfigOverrideFlags("")
	auth, cluster := &names.AuthOverrideFlags, &names.ClusterOverrideFlags
	auth.Username, auth.Password = clientcmd.FlagInfo{}, clientcmd.FlagInfo{} // kubectl has given them up
	auth.Impersonate.Description += ". User could be a regular user or a service account in a namespace."
	auth.ImpersonateUID.Description += "."
	cluster.TLSServerName.Description = "Server name to use for server certificate validation. " +
		"If it is not provided, the hostname used to contact the server is used"
	cluster.ProxyURL.Description = "Proxy URL to use for requests to the API server"
	namespace := names.ContextOverrideFlags.Namespace
	names.ContextOverrideFlags.Namespace = clientcmd.FlagInfo{} // it would take ns/shop for shop, which kubectl does not
	clientcmd.BindOverrideFlags(&f.overrides, flags, names)
	namespace.BindStringFlag(flags, &f.namespace)
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "Path to the kubeconfig file to use for CLI requests.")
	flags.StringArrayVar(&f.extra, "as-user-extra", nil,
		"User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key.")
	flags.String("cache-dir", cacheDir(), "Default cache directory") // for kubectl's sake: podtracer keeps nothing there
}

func cacheDir() string {
	if dir := os.Getenv("KUBECACHEDIR"); dir != "" {
		return dir
	}
	return filepath.Join(homedir.HomeDir(), ".kube", "cache")
}

// Namespace is what -n says; "" if it was not given.
func (f *Flags) Namespace() string { return f.namespace }

// loader reads the kubeconfig, or what a pod has in place of one, as kubectl does.
func (f *Flags) loader() clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.DefaultClientConfig = &clientcmd.DefaultClientConfig
	rules.ExplicitPath = f.kubeconfig
	overrides := f.overrides
	overrides.Context.Namespace = f.namespace
	overrides.AuthInfo.ImpersonateUserExtra = f.extras()
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &overrides)
}

// extras are those of the flag by their keys; what is not key=value is left out, as kubectl does.
func (f *Flags) extras() map[string][]string {
	var extras map[string][]string
	for _, extra := range f.extra {
		key, value, ok := strings.Cut(extra, "=")
		if !ok {
			continue
		}
		if extras == nil {
			extras = map[string][]string{}
		}
		extras[key] = append(extras[key], value)
	}
	return extras
}
