package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/tools/command"
)

// calledWith is what a podtracer says of how it was called.
func calledWith(t *testing.T, words ...string) *options {
	t.Helper()
	o := newOptions([]string{"podtracer"}, Streams{}, &Work{})
	run, words, err := newRoot(o).Find(append([]string{"run"}, words...))
	if err == nil {
		err = run.ParseFlags(words)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A flag of all commands that a line did not have would make the line do something else. One that is new has to be put into a line, or here.
func TestEachFlagOfAllCommandsIsInTheLineThatStartsARun(t *testing.T) {
	changesNothing := []string{
		"namespace",                    // a line has it with its pod
		"cache-dir", "request-timeout", // what podtracer is asked does not depend on them
	}
	for _, name := range flagNames() {
		flag := newRoot(newOptions([]string{"podtracer"}, Streams{}, &Work{})).PersistentFlags().Lookup(name)
		value := map[string]string{"bool": "true", "duration": "5m0s", "stringToString": "a=b"}[flag.Value.Type()]
		if value == "" {
			value = "/a b"
		}
		line := calledWith(t, "--"+name+"="+value).call().Run("--", "true")
		words, err := command.Split(line)
		if err != nil {
			t.Fatal(err)
		}
		if has := slices.Contains(words, "--"+name); has == slices.Contains(changesNothing, name) {
			t.Errorf("--%s: %s", name, line)
		}
		if name == "token" && strings.Contains(line, value) {
			t.Errorf("the secret is in %s", line)
		}
		if again := calledWith(t, words[2:slices.Index(words, "--")]...).call().Run("--", "true"); again != line {
			t.Errorf("got  %s\nfrom %s", again, line)
		}
	}
	if line := calledWith(t).call().Run(); line != "podtracer run" {
		t.Errorf("without flags: %s", line)
	}
}

// flagNames are the flags that all commands have.
func flagNames() (names []string) {
	newRoot(newOptions([]string{"podtracer"}, Streams{}, &Work{})).PersistentFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

func TestTheLineOfARunThatIsKeptHereNamesTheDataDirectory(t *testing.T) {
	o := calledWith(t, "--data-dir", "/data", "--helper-idle", "5m", "--context", "east")
	if got, want := o.keptLines("k3x9q-1"), "podtracer runs save --data-dir /data k3x9q-1 FILE saves it, podtracer runs remove --data-dir /data k3x9q-1 removes it"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheNameOfTheProgramIsTheOneByWhichItWasStarted(t *testing.T) {
	for program, want := range map[string]string{
		"podtracer": "podtracer ps", "/usr/bin/podtracer": "podtracer ps", "./kubectl-podtracer": "kubectl podtracer ps", `kubectl-podtracer.exe`: "kubectl podtracer ps",
	} {
		o := newOptions([]string{program}, Streams{}, &Work{})
		newRoot(o)
		if got := o.call().Ask("ps"); got != want {
			t.Errorf("%s: got %s, want %s", program, got, want)
		}
	}
}
