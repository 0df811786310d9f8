package launch

import (
	"os"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
)

func TestNothingFromOutsideIsInTheEnvironmentOfAToolButThePromptsLetters(t *testing.T) {
	const evil = "$(evil)`evil`"
	pod := k8s.Pod{
		Namespace: evil, Name: evil, UID: evil, Node: evil, Status: evil, Labels: evil, ContainerNames: []string{evil}, IPs: []string{evil},
	}
	own := map[string]bool{}
	for _, variable := range os.Environ() {
		own[variable] = true
	}
	for name, s := range map[string]Streams{
		"on the command line":   {},
		"in the console":        {Terminal: &Size{80, 24}},
		"with a whole terminal": {Terminal: &Size{80, 24}, Keys: make(chan []byte)},
	} {
		for _, variable := range environment(pod, s) {
			if own[variable] || variable == "TERM=dumb" {
				continue
			}
			if variable != "PS1=__evil__evil_/__evil__evil_ # " {
				t.Errorf("%s: %s", name, variable)
			}
		}
	}
}
