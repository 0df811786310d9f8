package k8s

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/k8s/kubeconfig"
)

// parsed returns flags parsed from words.
func parsed(t *testing.T, words ...string) *kubeconfig.Flags {
	t.Helper()
	flags, set := kubeconfig.NewFlags(), pflag.NewFlagSet("podtracer", pflag.ContinueOnError)
	flags.AddTo(set)
	if err := set.Parse(words); err != nil {
		t.Fatal(err)
	}
	return flags
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
			cluster, err := Connect(t.Context(), parsed(t, strings.Fields(c.words)...), nil)
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

func TestAnotherContextHasItsOwnClusterAndNamespaceButNotAnotherImpersonation(t *testing.T) {
	var heard string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = fmt.Sprintf("%s as %q %q %q", r.URL.Path, r.Header["Impersonate-User"], r.Header["Impersonate-Group"], r.Header["Impersonate-Extra-Team"])
		http.NotFound(w, r)
	}))
	defer api.Close()
	config := filepath.Join(t.TempDir(), "config")
	text := `{"apiVersion": "v1", "kind": "Config", "current-context": "one",
"clusters": [{"name": "a", "cluster": {"server": "` + api.URL + `/a"}}, {"name": "b", "cluster": {"server": "` + api.URL + `/b"}}],
"contexts": [{"name": "one", "context": {"cluster": "a", "user": "nobody"}}, {"name": "two", "context": {"cluster": "b", "user": "nobody", "namespace": "shop"}}],
"users": [{"name": "nobody", "user": {}}]}`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", config)
	flags := parsed(t, "--cluster", "a", "-n", "till", "--as", "me", "--as-group", "g", "--as-user-extra", "team=x")
	asks := func() string {
		cluster, err := Connect(t.Context(), flags, nil)
		if err != nil {
			t.Fatal(err)
		}
		heard = ""
		_, _ = cluster.Pod(t.Context(), cluster.Namespace(), "cart")
		return heard
	}
	back := flags.Switch("two")
	if got, want := asks(), `/b/api/v1/namespaces/shop/pods/cart as ["me"] ["g"] ["x"]`; got != want {
		t.Errorf("after the switch the API heard %s, want %s", got, want)
	}
	back()
	if got, want := asks(), `/a/api/v1/namespaces/till/pods/cart as ["me"] ["g"] ["x"]`; got != want {
		t.Errorf("after the way back the API heard %s, want %s", got, want)
	}
}
