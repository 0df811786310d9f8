package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
)

// podKinds are kubectl's words for pods, which may stand before a name.
var podKinds = []string{"pod", "pods", "po"}

// readPod reads a pod in the ways people write it: cart-0, shop/cart-0 as in the console, pod/cart-0 as in kubectl -o name, and
// both. given is the namespace of -n, "" without it. The result's namespace is "" if none was named.
func readPod(text, given string) (namespace, name string, err error) {
	const forms = "--pod takes NAME, NAMESPACE/NAME or pod/NAME"
	words := strings.Split(text, "/")
	if i := slices.IndexFunc(words[:len(words)-1], func(w string) bool { return slices.Contains(podKinds, w) }); i >= 0 {
		words = slices.Delete(words, i, i+1)
	}
	if len(words) > 2 || slices.Contains(words, "") {
		return "", "", hint.Add(fmt.Errorf("--pod %q is not the name of a pod", text), forms)
	}
	if len(words) == 1 {
		return given, words[0], nil
	}
	if given != "" && given != words[0] {
		return "", "", hint.Add(fmt.Errorf("--pod %s is in namespace %s, and -n says %s", text, words[0], given), "leave one of them out")
	}
	return words[0], words[1], nil
}
