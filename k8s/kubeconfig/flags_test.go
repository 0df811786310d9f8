package kubeconfig

import (
	"fmt"
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

func TestFlagsThatFitNothingAreRefused(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	for words, want := range map[string]string{
		"--server localhost:1 -n ns/shop":           `"ns/shop" cannot be the name of a namespace`,
		"--server localhost:1 --context none":       `context "none" does not exist`,
		"--server localhost:1 --user none":          `user "none" does not exist in the kubeconfig`,
		"--server localhost:1 --as-group g":         "without impersonating a user",
		"--server localhost:1 --as-user-extra a=b":  "without impersonating a user",
		"--server localhost:1 --request-timeout 5x": "Invalid timeout value",
		"--kubeconfig /none":                        "/none",
		"-n shop":                                   "no kubeconfig, and not in a cluster: $KUBECONFIG names " + os.Getenv("KUBECONFIG"),
	} {
		_, err := parsed(t, strings.Fields(words)...).Cluster()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", words, err, want)
		}
	}
}
