package launch

import (
	"os"
	"strings"

	"github.com/fennec-project/podtracer/k8s"
)

// environment is podtracer's own, which is the person's. In the console TERM says that nothing may move the cursor; the prompt
// of a shell with a whole terminal says in which pod it is. Nothing else in it comes from outside.
func environment(pod k8s.Pod, s Streams) []string {
	env := os.Environ()
	if s.Keys != nil {
		env = append(env, "PS1="+prompt(pod))
	}
	if s.Terminal != nil && s.Stderr == nil && s.Keys == nil {
		env = append(env, "TERM=dumb")
	}
	return env
}

// prompt names the pod. A shell expands its prompt, and runs the commands in it: what no name of Kubernetes has is left out.
func prompt(pod k8s.Pod) string { return strings.Map(promptLetter, pod.String()) + " # " }

func promptLetter(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-', r == '.', r == '/':
		return r
	default:
		return '_'
	}
}
