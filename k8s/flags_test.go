package k8s

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// parsed returns flags parsed from words.
func parsed(t *testing.T, words ...string) *Flags {
	t.Helper()
	flags, set := NewFlags(), pflag.NewFlagSet("podtracer", pflag.ContinueOnError)
	flags.AddTo(set)
	if err := set.Parse(words); err != nil {
		t.Fatal(err)
	}
	return flags
}

// Podtracer accepts all options that kubectl accepts for all of its commands (kubectl options), except -s, which is --stdout.
func TestTheFlagsAreThoseOfKubectl(t *testing.T) {
	t.Setenv("KUBECACHEDIR", "/var/cache/kube")
	set := pflag.NewFlagSet("podtracer", pflag.ContinueOnError)
	NewFlags().AddTo(set)
	var got []string
	set.VisitAll(func(f *pflag.Flag) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("--%s %s %s %s", f.Name, f.Shorthand, f.Value.Type(), f.DefValue)))
	})
	want := []string{
		"--as  string", "--as-group  stringArray []", "--as-uid  string", "--as-user-extra  stringArray []",
		"--cache-dir  string /var/cache/kube", "--certificate-authority  string", "--client-certificate  string", "--client-key  string",
		"--cluster  string", "--context  string", "--disable-compression  bool false", "--insecure-skip-tls-verify  bool false",
		"--kubeconfig  string", "--namespace n string", "--proxy-url  string", "--request-timeout  string 0", "--server  string",
		"--tls-server-name  string", "--token  string", "--user  string",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatTheFlagsSayGoesBeforeTheKubeconfig(t *testing.T) {
	var heard string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = fmt.Sprintf("%s as %q %q %q %q, token %q", r.URL.Path, r.Header["Impersonate-User"], r.Header["Impersonate-Uid"],
			r.Header["Impersonate-Group"], r.Header["Impersonate-Extra-Team"], r.Header["Authorization"])
		http.NotFound(w, r)
	}))
	defer api.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "config")
	text := `{"apiVersion": "v1", "kind": "Config", "current-context": "one",
"clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}, {"name": "b", "cluster": {"server": "` + api.URL + `/b"}}],
"contexts": [{"name": "one", "context": {"cluster": "a", "user": "nobody"}}, {"name": "two", "context": {"cluster": "b", "user": "nobody", "namespace": "shop"}}],
"users": [{"name": "nobody", "user": {}}, {"name": "cook", "user": {"as": "chef"}}]}`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other")
	text = `{"apiVersion": "v1", "kind": "Config", "contexts": [{"name": "three", "context": {"cluster": "b", "user": "cook"}}]}`
	if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ words, want string }{
		{"--context two", `/b/api/v1/namespaces/shop/pods/cart as [] [] [] [], token []`},
		{"--cluster b", `/b/api/v1/namespaces/default/pods/cart as [] [] [] [], token []`},
		{"--cluster b -n till --user cook", `/b/api/v1/namespaces/till/pods/cart as ["chef"] [] [] [], token []`},
		{"--context three", `/b/api/v1/namespaces/default/pods/cart as ["chef"] [] [] [], token []`},
		{"--server " + api.URL, `/api/v1/namespaces/default/pods/cart as [] [] [] [], token []`},
		{"--context two --as me --as-uid 7 --as-group a --as-group b --as-user-extra team=x --as-user-extra team=y --as-user-extra nothing",
			`/b/api/v1/namespaces/shop/pods/cart as ["me"] ["7"] ["a" "b"] ["x" "y"], token []`},
		{"--proxy-url " + api.URL, `/api/v1/namespaces/default/pods/cart as [] [] [] [], token []`},
	} {
		t.Run(c.words, func(t *testing.T) {
			t.Setenv("KUBECONFIG", config+string(os.PathListSeparator)+other)
			cluster, err := parsed(t, strings.Fields(c.words)...).Connect(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			heard = ""
			_, _ = cluster.Pod(t.Context(), cluster.Namespace(), "cart")
			if heard != c.want {
				t.Errorf("the API heard %s, want %s", heard, c.want)
			}
		})
	}
}

func TestFlagsThatFitNothingAreRefused(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	for words, want := range map[string]string{
		"--server localhost:1 -n ns/shop":           `"ns/shop" cannot be the name of a namespace`,
		"--server localhost:1 --context none":       `context "none" does not exist`,
		"--server localhost:1 --user none":          `auth info "none" does not exist`,
		"--server localhost:1 --as-group g":         "without impersonating a user",
		"--server localhost:1 --as-user-extra a=b":  "without impersonating a user",
		"--server localhost:1 --request-timeout 5x": "Invalid timeout value",
		"--kubeconfig /none":                        "/none",
		"-n shop":                                   "no kubeconfig, and not in a cluster: $KUBECONFIG names " + os.Getenv("KUBECONFIG"),
	} {
		_, err := parsed(t, strings.Fields(words)...).Connect(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", words, err, want)
		}
	}
}
