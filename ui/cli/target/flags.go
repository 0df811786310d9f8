// Package target finds the pods in which a tool runs: those that the command line names, and those that belong to what it names.
//
// It asks the API, and follows nothing by itself. Start reading at Flags and Crowd.
package target

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cli/option"
)

// Flags are the flags of run that say in which pods the tool runs.
type Flags struct {
	Found []option.Target // what --pod says, after Read
	Most  int             // pods

	pods     []string
	selector string
	all      bool // namespaces
	flags    *pflag.FlagSet
}

// defaultMost is how many pods a tool runs in if nothing else was asked for.
const defaultMost = 50

// AddTo registers the flags.
func (t *Flags) AddTo(f *pflag.FlagSet) {
	t.flags = f
	f.StringArrayVar(&t.pods, "pod", nil, "the pod: NAME, NAMESPACE/NAME; or all pods of a deployment/NAME, sts/NAME, ds/NAME, rs/NAME, svc/NAME, job/NAME (may be repeated)")
	f.StringVarP(&t.selector, "selector", "l", "", "all pods with these labels, as for kubectl: app=web,tier!=db")
	f.BoolVarP(&t.all, "all-namespaces", "A", false, "with -l: in all namespaces, whatever -n says")
	f.IntVar(&t.Most, "max-pods", defaultMost, "refuse to run in more pods than this; in a terminal, ask")
}

// None says whether no pod was named in any way.
func (t *Flags) None() bool { return len(t.pods) == 0 && !t.Selected() }

// Selected says whether pods are chosen by -l.
func (t *Flags) Selected() bool { return t.flags.Changed("selector") }

// Read reads what was named; namespace is that of -n, "" without it.
func (t *Flags) Read(namespace string) error {
	switch {
	case t.Selected() && len(t.pods) > 0:
		return hint.Add(errors.New("pods are named with --pod and chosen with -l"), "leave one of them out")
	case t.all && !t.Selected():
		return hint.Add(errors.New("-A/--all-namespaces: what --pod names is in one namespace"), "choose pods of all namespaces by their labels, with -l")
	case t.Most < 1:
		return hint.Add(errors.New("--max-pods is not a number of pods"), "write for example --max-pods "+strconv.Itoa(defaultMost))
	case t.Selected():
		if err := k8s.ReadSelector(t.selector); err != nil {
			return fmt.Errorf("-l %q: %w", t.selector, err)
		}
	}
	t.Found = nil
	for _, text := range t.pods {
		target, err := option.ReadTarget(text, namespace)
		if err != nil {
			return err
		}
		if !slices.Contains(t.Found, target) {
			t.Found = append(t.Found, target)
		}
	}
	return nil
}

// OneNamespace says whether all pods that can be found are in the same namespace; usual is the one that counts where none is named.
func (t *Flags) OneNamespace(usual string) bool {
	other := func(one option.Target) bool {
		return cmp.Or(one.Namespace, usual) != cmp.Or(t.Found[0].Namespace, usual)
	}
	return !t.all && !slices.ContainsFunc(t.Found, other)
}
