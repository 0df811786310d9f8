package kubeconfig

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/homedir"
)

// Flags are kubectl's flags that select the cluster and the user.
type Flags struct {
	kubeconfig string
	overrides  clientcmd.ConfigOverrides
	namespace  string
	extra      []string // user extras to impersonate: key=value

	Demo string // the command that needs no cluster, for a hint
}

// NewFlags returns the flags with their defaults.
func NewFlags() *Flags {
	return &Flags{overrides: clientcmd.ConfigOverrides{ClusterDefaults: clientcmd.ClusterDefaults}, Demo: "podtracer demo"}
}

// AddTo registers the flags with kubectl's descriptions. --server has no short form -s, because that is podtracer's --stdout.
func (f *Flags) AddTo(flags *pflag.FlagSet) {
	names := clientcmd.RecommendedConfigOverrideFlags("")
	auth, cluster := &names.AuthOverrideFlags, &names.ClusterOverrideFlags
	auth.Username, auth.Password = clientcmd.FlagInfo{}, clientcmd.FlagInfo{} // kubectl has removed them
	auth.Impersonate.Description += ". User could be a regular user or a service account in a namespace."
	auth.ImpersonateUID.Description += "."
	cluster.TLSServerName.Description = "Server name to use for server certificate validation. " +
		"If it is not provided, the hostname used to contact the server is used"
	cluster.ProxyURL.Description = "Proxy URL to use for requests to the API server"
	namespace := names.ContextOverrideFlags.Namespace
	names.ContextOverrideFlags.Namespace = clientcmd.FlagInfo{} // its flag would accept ns/shop for shop, which kubectl does not
	clientcmd.BindOverrideFlags(&f.overrides, flags, names)
	namespace.BindStringFlag(flags, &f.namespace)
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "Path to the kubeconfig file to use for CLI requests.")
	flags.StringArrayVar(&f.extra, "as-user-extra", nil,
		"User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key.")
	flags.String("cache-dir", cacheDir(), "Default cache directory") // accepted because kubectl does; podtracer caches nothing
}

func cacheDir() string {
	if dir := os.Getenv("KUBECACHEDIR"); dir != "" {
		return dir
	}
	return filepath.Join(homedir.HomeDir(), ".kube", "cache")
}

// Contexts are the names of the kubeconfig's contexts, sorted; none if it cannot be read.
func (f *Flags) Contexts() []string {
	raw, err := f.loader().RawConfig()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(raw.Contexts))
}

// Switch makes a context of the kubeconfig the one that counts, with its own cluster, user and namespace; back undoes that. Whoever acts
// as somebody else goes on doing so, and does not get more rights without a word.
func (f *Flags) Switch(context string) (back func()) {
	before := *f
	was := f.overrides
	f.overrides = clientcmd.ConfigOverrides{ClusterDefaults: clientcmd.ClusterDefaults, CurrentContext: context, Timeout: was.Timeout}
	as := &f.overrides.AuthInfo
	as.Impersonate, as.ImpersonateUID, as.ImpersonateGroups = was.AuthInfo.Impersonate, was.AuthInfo.ImpersonateUID, was.AuthInfo.ImpersonateGroups
	f.namespace = ""
	return func() { *f = before }
}

// Namespace is the value of -n; "" if it was not given.
func (f *Flags) Namespace() string { return f.namespace }

// loader reads the kubeconfig, or a pod's service account, as kubectl does.
func (f *Flags) loader() clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.DefaultClientConfig = &clientcmd.DefaultClientConfig
	rules.ExplicitPath = f.kubeconfig
	overrides := f.overrides
	overrides.Context.Namespace = f.namespace
	overrides.AuthInfo.ImpersonateUserExtra = f.extras()
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &overrides)
}

// extras returns the values of --as-user-extra by key. Values that are not key=value are left out, as in kubectl.
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
