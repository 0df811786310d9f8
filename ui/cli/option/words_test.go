package option

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// What was given is given again by its words, whatever is in it.
func TestWordsGiveFlagsOnceMore(t *testing.T) {
	type values struct {
		Text  string
		Yes   bool
		Time  time.Duration
		Names []string
		Pairs map[string]string
	}
	read := func(words []string) (v values, again []string) {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.StringVar(&v.Text, "text", "", "")
		set.BoolVar(&v.Yes, "yes", false, "")
		set.DurationVar(&v.Time, "time", time.Minute, "")
		set.StringSliceVar(&v.Names, "name", nil, "")
		set.StringToStringVar(&v.Pairs, "pair", nil, "")
		if err := set.Parse(words); err != nil {
			t.Errorf("%q: %v", words, err)
		}
		return v, Words(set)
	}
	for _, given := range [][]string{
		nil,
		{"--text", "a b", "--yes", "--time", "1m30s"},
		{"--text=", "--yes=false"},
		{"--name", "a,b", "--name", "c"},
		{"--name", `"a,b",c`},
		{"--name="},
		{"--pair", "a=1", "--pair", "b=2,3"},
		{"--pair", `a=say "x" twice`},
		{"--pair", `"a=x=1,2",b=2`},
	} {
		want, words := read(given)
		got, again := read(words)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %q: %s", given, words, diff)
		}
		if diff := cmp.Diff(words, again); diff != "" {
			t.Errorf("%q: %s", given, diff)
		}
	}
}
