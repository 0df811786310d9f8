package kubeconfig

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/fennec-project/podtracer/internal/hint"
)

// chosen is the cluster and user that flags and kubeconfig select together. If they select none, client-go would use a server on
// localhost, which nobody meant.
type chosen struct {
	raw     clientcmdapi.Config
	context string // name; "" for none
	cluster string // name
	server  string
	user    string // name
	own     bool   // flags name a credential of the person's own, so that the user is not needed
	files   []namedFile
}

// namedFile is a file that must exist.
type namedFile struct {
	what, path string
	flag       string // names it; "" if the kubeconfig does
}

func (f *Flags) choose(raw clientcmdapi.Config) chosen {
	c := chosen{raw: raw, context: cmp.Or(f.overrides.CurrentContext, raw.CurrentContext)}
	if of := raw.Contexts[c.context]; of != nil {
		c.cluster, c.user = of.Cluster, of.AuthInfo
	}
	c.cluster, c.user = cmp.Or(f.overrides.Context.Cluster, c.cluster), cmp.Or(f.overrides.Context.AuthInfo, c.user)
	cluster, auth := f.overrides.ClusterInfo, f.overrides.AuthInfo
	c.own = auth.Token != "" || auth.ClientCertificate != ""
	if of := raw.Clusters[c.cluster]; of != nil {
		cluster.Server = cmp.Or(cluster.Server, of.Server)
		if len(of.CertificateAuthorityData) == 0 {
			cluster.CertificateAuthority = cmp.Or(cluster.CertificateAuthority, of.CertificateAuthority)
		}
	}
	if of := raw.AuthInfos[c.user]; of != nil {
		if len(of.ClientCertificateData) == 0 {
			auth.ClientCertificate = cmp.Or(auth.ClientCertificate, of.ClientCertificate)
		}
		if len(of.ClientKeyData) == 0 {
			auth.ClientKey = cmp.Or(auth.ClientKey, of.ClientKey)
		}
		auth.TokenFile = cmp.Or(auth.TokenFile, of.TokenFile)
	}
	c.server = cluster.Server
	if !cluster.InsecureSkipTLSVerify {
		c.files = append(c.files, namedFile{"the cluster's certificate authority", cluster.CertificateAuthority,
			flagOf("--certificate-authority", f.overrides.ClusterInfo.CertificateAuthority)})
	}
	c.files = append(c.files,
		namedFile{"the user's certificate", auth.ClientCertificate, flagOf("--client-certificate", f.overrides.AuthInfo.ClientCertificate)},
		namedFile{"the user's key", auth.ClientKey, flagOf("--client-key", f.overrides.AuthInfo.ClientKey)},
		namedFile{"the user's token", auth.TokenFile, ""})
	return c
}

// flagOf is a flag that has a value, else "".
func flagOf(name, value string) string {
	if value == "" {
		return ""
	}
	return name
}

// missing returns an error if no server is selected.
func (c chosen) missing(inCluster bool) error {
	switch {
	case inCluster, c.server != "", os.Getenv("KUBERNETES_MASTER") != "": // client-go uses it, too
		return nil
	case c.context == "":
		return hint.Add(errors.New("the kubeconfig has no current context"), "choose one with --context, or for good with kubectl config use-context"+contextsOf(c.raw))
	case c.raw.Contexts[c.context] == nil:
		return hint.Add(fmt.Errorf("context %q does not exist", c.context), "choose another one with --context"+contextsOf(c.raw))
	case c.raw.Clusters[c.cluster] == nil:
		return hint.Add(fmt.Errorf("context %q names cluster %q, which the kubeconfig does not have", c.context, c.cluster), "correct it, or choose another --context"+contextsOf(c.raw))
	default:
		return hint.Add(fmt.Errorf("cluster %q of the kubeconfig has no server", c.cluster), "give it one with kubectl config set-cluster, or choose another --context"+contextsOf(c.raw))
	}
}

// stranger returns an error if the user is not there. client-go would ask the API as nobody, which then says that system:anonymous lacks
// the rights.
func (c chosen) stranger(named bool) error {
	switch {
	case c.user == "", c.raw.AuthInfos[c.user] != nil, c.own && !named:
		return nil
	case named:
		return hint.Add(fmt.Errorf("user %q does not exist in the kubeconfig", c.user), "choose another one with --user: kubectl config get-users lists them")
	default:
		return hint.Add(fmt.Errorf("context %q names user %q, which the kubeconfig does not have", c.context, c.user), "correct it, or choose another --context"+contextsOf(c.raw))
	}
}

// checkFiles returns an error for the first file that cannot be read, or has nothing in it: client-go takes that for one that was not named.
func (c chosen) checkFiles() error {
	for _, file := range c.files {
		if file.path == "" {
			continue
		}
		if err := file.check(); err != nil {
			return err
		}
	}
	return nil
}

// check returns an error, with a hint, if the file cannot be read, or is empty. It reads nothing: what a shell's <(…) has is there once.
func (n namedFile) check() error {
	what := n.what + ", which " + cmp.Or(n.flag, "the kubeconfig") + " names"
	f, err := os.Open(n.path)
	var found fs.FileInfo
	if err == nil {
		defer f.Close()
		found, err = f.Stat()
	}
	switch advice := "put the file there, or correct its path" + n.stands(); {
	case errors.Is(err, fs.ErrPermission):
		return hint.Add(fmt.Errorf("read %s: %w", what, err), fmt.Sprintf("let uid %d read it, or name a copy", os.Getuid())+n.stands())
	case err != nil:
		return hint.Add(fmt.Errorf("read %s: %w", what, err), advice)
	case found.IsDir():
		return hint.Add(fmt.Errorf("read %s: %s is a directory", what, n.path), advice)
	case found.Mode().IsRegular() && found.Size() == 0:
		return hint.Add(fmt.Errorf("%s, is empty: %s", what, n.path), advice)
	default:
		return nil
	}
}

// stands says where the path stands.
func (n namedFile) stands() string {
	if n.flag != "" {
		return ""
	}
	return whereItStands
}

const whereItStands = ": kubectl config view shows where it stands"

// checkCertificates returns an error if what the configuration calls a certificate or a key is none: the API would not be asked, and the
// error would read as if it did not answer.
func checkCertificates(config *rest.Config) error {
	config = rest.CopyConfig(config)
	ca, certificate, key := config.CAFile, config.CertFile, config.KeyFile
	if err := rest.LoadTLSFiles(config); err != nil {
		return hint.Add(fmt.Errorf("read kubeconfig: %w", err), "correct it"+whereItStands)
	}
	tlsOf := config.TLSClientConfig
	if len(tlsOf.CAData) > 0 && !x509.NewCertPool().AppendCertsFromPEM(tlsOf.CAData) {
		return hint.Add(fmt.Errorf("the cluster's certificate authority, which %s, is no certificate", place(ca)), "correct it"+whereItStands)
	}
	if len(tlsOf.CertData) == 0 || len(tlsOf.KeyData) == 0 {
		return nil
	}
	if _, err := tls.X509KeyPair(tlsOf.CertData, tlsOf.KeyData); err != nil {
		return hint.Add(fmt.Errorf("the user's certificate, which %s, and key, which %s, cannot be used: %w", place(certificate), place(key), err), "correct them"+whereItStands)
	}
	return nil
}

// place is where something was read from.
func place(path string) string {
	if path == "" {
		return "the kubeconfig has"
	}
	return "is " + path
}

// contextsOf lists the existing contexts, for a hint.
func contextsOf(raw clientcmdapi.Config) string {
	const most = 10
	names := slices.Sorted(maps.Keys(raw.Contexts))
	switch {
	case len(names) == 0:
		return "; it has no contexts"
	case len(names) > most:
		return fmt.Sprintf("; there are %s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	default:
		return "; there are: " + strings.Join(names, ", ")
	}
}
