package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
)

const configFile = "config.yaml"

// Helper are the choices about helpers that config.yaml can make, by the names of the flags without "helper-". What is not chosen there
// is nil.
type Helper struct {
	Namespace, Image, PullPolicy, PriorityClass, ServiceAccount *string
	PullSecrets                                                 []string
	Labels, Annotations, NodeSelector                           map[string]string
	Idle                                                        *time.Duration
}

// ReadHelper reads the choices about helpers; without a file there are none.
//
// Errors: config.yaml:LINE: what is wrong there, of the first few mistakes, with a hint.
func ReadHelper() (Helper, error) { return helperIn(Path(configFile)) }

func helperIn(path string) (Helper, error) {
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Helper{}, nil
	}
	if err != nil {
		return Helper{}, fmt.Errorf("read the configuration: %w", err)
	}
	h, err := parseHelper(text)
	if err != nil {
		return Helper{}, hint.Add(err, "the file is "+path)
	}
	return h, nil
}

func parseHelper(text []byte) (Helper, error) {
	var h Helper
	s := source{configFile, text}
	top, err := s.parse()
	if top == nil || err != nil {
		return h, err
	}
	err = s.each(top, map[string]func(*yaml.Node) error{
		"helper": func(n *yaml.Node) error {
			return s.each(n, map[string]func(*yaml.Node) error{
				"namespace":       s.word(&h.Namespace),
				"image":           s.word(&h.Image),
				"pull-policy":     s.oneOf(&h.PullPolicy, "Always", "IfNotPresent", "Never"),
				"pull-secrets":    s.words(&h.PullSecrets),
				"priority-class":  s.word(&h.PriorityClass),
				"service-account": s.word(&h.ServiceAccount),
				"labels":          s.pairs(&h.Labels),
				"annotations":     s.pairs(&h.Annotations),
				"node-selector":   s.pairs(&h.NodeSelector),
				"idle":            s.duration(&h.Idle),
			})
		},
	})
	return h, err
}

// each reads the fields of a mapping. Each field may appear once.
func (s source) each(n *yaml.Node, fields map[string]func(*yaml.Node) error) error {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	known := "the fields here are " + strings.Join(names, ", ")
	if n.Kind != yaml.MappingNode {
		return s.wrong(n, "these are not fields", "write NAME: VALUE; "+known)
	}
	var wrong []error
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		field, ok := fields[name.Value]
		switch {
		case !ok:
			wrong = append(wrong, s.wrong(name, fmt.Sprintf("unknown field %q", name.Value), known))
		case seen[name.Value]:
			wrong = append(wrong, s.wrong(name, name.Value+" appears here a second time", "remove one of the two"))
		default:
			if err := field(value); err != nil {
				wrong = append(wrong, err)
			}
		}
		seen[name.Value] = true
	}
	return firstOf(wrong)
}

func (s source) word(to **string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		text, err := s.scalar(n)
		*to = &text
		return err
	}
}

func (s source) oneOf(to **string, values ...string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		text, err := s.scalar(n)
		if err == nil && !slices.Contains(values, text) {
			err = s.wrong(n, fmt.Sprintf("%q is none of the values", text), "the values are "+strings.Join(values, ", "))
		}
		*to = &text
		return err
	}
}

func (s source) duration(to **time.Duration) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		text, err := s.scalar(n)
		if err != nil {
			return err
		}
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return s.wrong(n, fmt.Sprintf("%q is not how long something takes", text), "for example 90s, or 5m")
		}
		*to = &d
		return nil
	}
}

func (s source) words(to *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode {
			return s.wrong(n, "this is not a list", "write [ONE, ANOTHER]")
		}
		*to = []string{} // chosen, although nothing may be in it
		for _, item := range n.Content {
			text, err := s.scalar(item)
			if err != nil {
				return err
			}
			*to = append(*to, text)
		}
		return nil
	}
}

func (s source) pairs(to *map[string]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.MappingNode {
			return s.wrong(n, "these are not pairs", "write {KEY: VALUE}")
		}
		*to = map[string]string{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, err := s.scalar(n.Content[i])
			if err != nil {
				return err
			}
			if _, there := (*to)[key]; there {
				return s.wrong(n.Content[i], key+" appears here a second time", "remove one of the two")
			}
			if (*to)[key], err = s.scalar(n.Content[i+1]); err != nil {
				return err
			}
		}
		return nil
	}
}

// scalar is the text of a value. Kubernetes wants text there, and true and 8 without quotes are none, as for kubectl.
func (s source) scalar(n *yaml.Node) (string, error) {
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag != "!!str":
		return "", s.wrong(n, "this is not text", "write it in quotes")
	case !printable.Is(n.Value):
		return "", s.wrong(n, "the text contains a line break or an invisible character", "write it on one line")
	default:
		return n.Value, nil
	}
}
