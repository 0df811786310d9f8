package home

import (
	"testing"

	"github.com/fennec-project/podtracer/tools/agent"
)

func TestThePlaceOfARunIsWrittenLikeThatOfAFileInAPod(t *testing.T) {
	for text, want := range map[string]Place{
		"podtracer/debug-pod:k3x9q-1":    {"podtracer", "debug-pod", "k3x9q-1"},
		"debug-pod:k3x9q-1":              {"given", "debug-pod", "k3x9q-1"},
		"debug-pod:/tmp/10:30.pcap":      {"given", "debug-pod", "/tmp/10:30.pcap"},
		"k3x9q-1":                        {"", "", "k3x9q-1"},
		"given/debug-pod:saved with.txt": {"given", "debug-pod", "saved with.txt"},
	} {
		given := "given"
		if want.Namespace != given && want.Pod != "" {
			given = ""
		}
		if got, err := ReadPlace(text, given); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ":", "pod:", ":name", "x/y", "a/b/c:name", "other/debug-pod:name"} {
		if got, err := ReadPlace(text, "given"); err == nil {
			t.Errorf("%q was taken for %+v", text, got)
		}
	}
}

func TestAFileComesHomeUnderItsOwnNameUnlessThatIsHidden(t *testing.T) {
	for name, want := range map[string]string{"cart.pcapng": "cart.pcapng", "/tmp/cart.pcapng": "cart.pcapng", "/": "", "/tmp/.bashrc": "", "..": "", `a\b`: "", "\x1b[2J": ""} {
		if got, err := UsualPath(agent.Kept{Name: name}); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
}

func TestTheLineThatBringsAFileHomeNamesThePodAndTheFile(t *testing.T) {
	for _, c := range []struct{ pod, path, want string }{
		{"podtracer/debug-pod", "/data/cart.pcapng", "podtracer get podtracer/debug-pod:cart.pcapng"},
		{"podtracer/debug-pod", "/tmp/it's.pcap", `podtracer get 'podtracer/debug-pod:/tmp/it'\''s.pcap'`},
		{"", "/data/cart.pcapng", ""},
	} {
		if got := FetchLine(c.pod, "/data", c.path); got != c.want {
			t.Errorf("%s: got %s, want %s", c.path, got, c.want)
		}
	}
}
