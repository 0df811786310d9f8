package kubeconfig

import (
	"path/filepath"
	"strings"
)

// Words are the flags that select the same cluster and the same user once more, as they are in force now: Switch changes them. They work
// in any working directory. Of a secret they have the name only, in capitals: a line that left it out would act as somebody else.
//
// What is not here selects nothing: the namespace, which a command has with its pod, and for how long and where podtracer may ask.
func (f *Flags) Words() (words []string) {
	add := func(flag string, values ...string) {
		for _, value := range values {
			if value != "" {
				words = append(words, flag, value)
			}
		}
	}
	on := func(flag string, set bool) {
		if set {
			words = append(words, flag)
		}
	}
	of, cluster, user := f.overrides, f.overrides.ClusterInfo, f.overrides.AuthInfo
	add("--kubeconfig", absolute(f.kubeconfig))
	add("--context", of.CurrentContext)
	add("--cluster", of.Context.Cluster)
	add("--user", of.Context.AuthInfo)
	add("--server", withoutPassword(cluster.Server))
	add("--tls-server-name", cluster.TLSServerName)
	add("--certificate-authority", absolute(cluster.CertificateAuthority))
	on("--insecure-skip-tls-verify", cluster.InsecureSkipTLSVerify)
	add("--proxy-url", withoutPassword(cluster.ProxyURL))
	on("--disable-compression", cluster.DisableCompression)
	add("--client-certificate", absolute(user.ClientCertificate))
	add("--client-key", absolute(user.ClientKey))
	if user.Token != "" {
		add("--token", "TOKEN")
	}
	add("--as", user.Impersonate)
	add("--as-uid", user.ImpersonateUID)
	add("--as-group", user.ImpersonateGroups...)
	add("--as-user-extra", f.extra...)
	return words
}

// absolute is a path that also names the file from elsewhere; "" for none.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return full
}

// withoutPassword is a URL without the name and the password that it may have.
func withoutPassword(text string) string {
	before := strings.Index(text, "://") + 1
	if before > 0 {
		before += len("//")
	}
	host := text[before:]
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	person := strings.LastIndexByte(host, '@')
	if person < 0 {
		return text
	}
	return text[:before] + "USER:PASSWORD" + text[before+person:]
}
