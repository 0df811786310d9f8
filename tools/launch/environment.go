package launch

import (
	"os"
	"strings"

	"github.com/fennec-project/podtracer/k8s"
)

// environment is podtracer's own environment, which is the person's. In the console TERM is dumb, so that tools do not move the
// cursor; the prompt of a shell with a whole terminal names its pod. Nothing else in it comes from outside.
func environment(pod k8s.Pod, s Streams) []string {
	env := os.Environ()
	if s.Keys != nil {
		env = append(env, "PS1="+prompt(pod))
	}
	if s.Keys != nil && s.Term != "" {
		env = append(env, "TERM="+knownTerm(s.Term))
	}
	if s.Terminal != nil && s.Stderr == nil && s.Keys == nil {
		env = append(env, "TERM=dumb")
	}
	if s.Zone != "" {
		env = append(env, "TZ="+s.Zone)
	}
	return env
}

// prompt names the pod. A shell runs commands that it finds in its prompt, so characters that no Kubernetes name has are replaced.
func prompt(pod k8s.Pod) string { return strings.Map(promptLetter, pod.String()) + " # " }

func promptLetter(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-', r == '.', r == '/':
		return r
	default:
		return '_'
	}
}
