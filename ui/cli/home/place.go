package home

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/save"
)

// Place is where something is kept: a pod of podtracer's, and the name there. Without a pod it is this data directory.
type Place struct{ Namespace, Pod, Name string }

func (p Place) String() string {
	if p.Pod == "" {
		return p.Name
	}
	return p.Namespace + "/" + p.Pod + ":" + p.Name
}

// ReadPlace reads a place as people write it: NAMESPACE/POD:NAME, POD:NAME in the namespace of -n, which is given, or
// NAME for what is kept here.
func ReadPlace(text, given string) (Place, error) {
	where, name, away := strings.Cut(text, ":")
	if !away && text != "" && !strings.Contains(text, "/") {
		return Place{Name: text}, nil
	}
	namespace, pod, named := strings.Cut(where, "/")
	if !named {
		namespace, pod = given, where
	}
	switch {
	case pod == "" || name == "" || named && namespace == "" || strings.Contains(pod, "/"):
		return Place{}, hint.Add(fmt.Errorf("%q does not name a run in a pod", text), "write NAMESPACE/POD:RUN, for example podtracer/debug-pod:k3x9q-1")
	case given != "" && namespace != given:
		return Place{}, hint.Add(fmt.Errorf("%s is in namespace %s, and -n says %s", text, namespace, given), "leave one of them out")
	}
	return Place{namespace, pod, name}, nil
}

// UsualPath is where something goes if no file is named: the name that its run gives, or that it has there, in the working directory.
func UsualPath(kept agent.Kept) (string, error) {
	if kept.Record != nil {
		return save.Name(*kept.Record), nil
	}
	name := kept.Name[strings.LastIndex(kept.Name, "/")+1:] // that of a pod, on every system
	if name == "" || strings.HasPrefix(name, ".") || strings.Contains(name, `\`) || !printable.Is(name) {
		return "", hint.Add(fmt.Errorf("%q is no good name for a file here", name), "name a file behind it")
	}
	return name, nil
}

// FetchLine is the command that brings a saved file home from the pod that podtracer runs in; "" if it does not run in one. In the data
// directory the name of the file is enough.
func FetchLine(pod, directory, path string) string {
	full, err := filepath.Abs(path)
	if pod == "" || err != nil {
		return ""
	}
	if filepath.Dir(full) == directory {
		full = filepath.Base(full)
	}
	return command.Join([]string{"podtracer", "get", pod + ":" + full})
}
