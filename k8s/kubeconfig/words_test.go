package kubeconfig

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// Every flag selects the same once more, or is known to select nothing. A flag that is new has to be put into one of the two.
func TestEachFlagIsAWordOfALineOrSelectsNoCluster(t *testing.T) {
	selectsNothing := []string{"namespace", "cache-dir", "request-timeout"}
	values := map[string]string{"as-user-extra": "scopes=view", "insecure-skip-tls-verify": "true", "disable-compression": "true"}
	set := pflag.NewFlagSet("podtracer", pflag.ContinueOnError)
	NewFlags().AddTo(set)
	set.VisitAll(func(flag *pflag.Flag) {
		value := values[flag.Name]
		if value == "" {
			value = "/some value"
		}
		got, want := parsed(t, "--"+flag.Name+"="+value).Words(), []string{"--" + flag.Name, value}
		switch {
		case slices.Contains(selectsNothing, flag.Name):
			want = nil
		case flag.Value.Type() == "bool":
			want = want[:1]
		case flag.Name == "token":
			want[1] = "TOKEN"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("--%s: %s", flag.Name, diff)
		}
	})
	if words := parsed(t).Words(); words != nil {
		t.Errorf("without flags: %q", words)
	}
}

func TestALineHasNoSecret(t *testing.T) {
	for given, want := range map[string]string{
		"--token=geheim": "--token TOKEN",
		"--proxy-url=http://anna:geheim@proxy:3128":  "--proxy-url http://USER:PASSWORD@proxy:3128",
		"--proxy-url=http://anna:ge@heim@proxy:3128": "--proxy-url http://USER:PASSWORD@proxy:3128",
		"--server=https://geheim@api/x@y":            "--server https://USER:PASSWORD@api/x@y",
		"--server=anna:geheim@api:6443":              "--server USER:PASSWORD@api:6443",
		"--server=https://api:6443/@x":               "--server https://api:6443/@x",
		"--server=127.0.0.1:8080":                    "--server 127.0.0.1:8080",
	} {
		if got := strings.Join(parsed(t, given).Words(), " "); got != want {
			t.Errorf("%s: got %s, want %s", given, got, want)
		}
	}
}

func TestAFileIsFoundFromEveryDirectory(t *testing.T) {
	want, err := filepath.Abs("admin.kubeconfig")
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--kubeconfig", "--certificate-authority", "--client-certificate", "--client-key"} {
		if got := parsed(t, flag, "admin.kubeconfig").Words(); !slices.Equal(got, []string{flag, want}) {
			t.Errorf("%s: %q", flag, got)
		}
	}
}

func TestTheWordsFollowASwitchOfTheContext(t *testing.T) {
	flags := parsed(t, "--kubeconfig", "/admin", "--context", "east", "--cluster", "c", "--user", "u", "--server", "https://api", "--token", "geheim",
		"--as", "anna", "--as-group", "devs", "--as-group", "ops", "--as-user-extra", "scopes=view")
	before := flags.Words()
	back := flags.Switch("west")
	want := "--kubeconfig /admin --context west --as anna --as-group devs --as-group ops --as-user-extra scopes=view"
	if got := strings.Join(flags.Words(), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	back()
	if diff := cmp.Diff(before, flags.Words()); diff != "" {
		t.Error(diff)
	}
}
