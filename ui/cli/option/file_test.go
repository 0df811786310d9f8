package option

import (
	"testing"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
)

// A script whose variable was never set gives an empty name, and expects a file.
func TestAFileWithoutANameIsRefused(t *testing.T) {
	var path string
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.VarP(File(&path), "file", "f", "")
	for _, words := range [][]string{{"-f", ""}, {"--file="}} {
		if err := set.Parse(words); err == nil || hint.Of(err) == "" {
			t.Errorf("%q: %v", words, err)
		}
	}
	if err := set.Parse([]string{"-f", "x.pcap"}); err != nil || path != "x.pcap" {
		t.Errorf("%q, %v", path, err)
	}
}
