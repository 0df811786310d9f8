package kubeconfig

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
)

// A mistake in a kubeconfig is told as that, and not as an API that does not answer or a right that is missing: whoever reads that looks in
// the wrong place, or gives rights to system:anonymous.
func TestAMistakeInAKubeconfigIsToldAsThat(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte("root:x:0:0:root:/root:/bin/bash\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString([]byte("no certificate"))
	if err := os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	write := func(cluster, user, of string) {
		t.Helper()
		config := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {" + cluster + "}}]\nusers: [{name: me, user: {" + user + "}}]\n" +
			"contexts: [{name: here, context: {cluster: c, user: " + of + "}}]\ncurrent-context: here\n"
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const server = `server: "https://127.0.0.1:1"`
	for name, c := range map[string]struct{ cluster, user, of, want, hint string }{
		"a user that is not there":      {server, "token: t", "other", `context "here" names user "other", which the kubeconfig does not have`, "there are: here"},
		"an authority that is missing":  {server + ", certificate-authority: none", "token: t", "me", "which the kubeconfig names: open DIR/none: ", "put the file there"},
		"one that is a directory":       {server + ", certificate-authority: .", "token: t", "me", "which the kubeconfig names: DIR is a directory", "correct its path"},
		"a certificate that is empty":   {server, "client-certificate: empty, client-key: text", "me", "the user's certificate, which the kubeconfig names, is empty: DIR/empty", "put the file there"},
		"an authority that is none":     {server + ", certificate-authority: text", "token: t", "me", "the cluster's certificate authority, which is DIR/text, is no certificate", "kubectl config view"},
		"one in the kubeconfig itself":  {server + ", certificate-authority-data: " + text, "token: t", "me", "the cluster's certificate authority, which the kubeconfig has, is no certificate", "kubectl config view"},
		"a certificate that is none":    {server, "client-certificate: text, client-key: text", "me", "the user's certificate, which is DIR/text, and key, which is DIR/text, cannot be used: ", "kubectl config view"},
		"those in the kubeconfig":       {server, "client-certificate-data: " + text + ", client-key-data: " + text, "me", "the user's certificate, which the kubeconfig has, and key, which the kubeconfig has, cannot be used: ", "kubectl config view"},
		"nothing is wrong":              {server, "token: t", "me", "", ""},
		"nobody is named, as in a test": {server, "token: t", `""`, "", ""},
	} {
		write(c.cluster, c.user, c.of)
		_, err := parsed(t, "--kubeconfig", path).Cluster()
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(c.want, "DIR", dir)) || !strings.Contains(hint.Of(err), c.hint) {
			t.Errorf("%s: got %v, hint %q; want %s, hint %s", name, err, hint.Of(err), c.want, c.hint)
		}
	}
	write(server, "token: t", "me")
	if _, err := parsed(t, "--kubeconfig", path, "--client-key", "/none").Cluster(); err == nil || strings.Contains(hint.Of(err), "config view") ||
		!strings.HasPrefix(err.Error(), "read the user's key, which --client-key names: open /none: ") {
		t.Errorf("got %v, hint %q", err, hint.Of(err))
	}
	if _, err := parsed(t, "--kubeconfig", path, "--user", "none").Cluster(); err == nil || !strings.Contains(err.Error(), `user "none" does not exist`) {
		t.Errorf("got %v", err)
	}
}
