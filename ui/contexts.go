package ui

import (
	"errors"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
)

// contextsMsg are the kubeconfig's contexts.
type contextsMsg struct {
	names  []string
	wanted bool // the person wants to choose one
}

var contextsLayer = layer{
	name: "contexts", claim: typing, shown: func(m *model) bool { return m.screen == home && m.contexts.IsOpen() },
	key: (*model).keyContexts, over: func(m *model) []string { return m.contexts.Lines(m.styles, m.width, m.height) },
	hint: func(m *model) []keys.Offer { return m.contexts.Offers() }, help: help.Contexts, wheel: arrows,
}

var errNoContext = hint.Add(errors.New("there is no other context to go to"), "the kubeconfig has none; another file is named with --kubeconfig or $KUBECONFIG")

// takeContexts shows the contexts, the one in use first, if the person wants to choose one.
func (m *model) takeContexts(msg contextsMsg) {
	m.others = slices.DeleteFunc(slices.Clone(msg.names), func(name string) bool { return name == m.deps.Cluster })
	switch {
	case !msg.wanted, m.screen != home: // the person went on meanwhile
	case len(m.others) == 0:
		m.failed = errNoContext
	default:
		m.contexts.Open(append([]string{m.deps.Cluster}, m.others...), m.deps.Cluster)
	}
}

// keyContexts takes a key of the list. Another cluster has other pods: what runs in this one ends, as it does when podtracer is left.
func (m *model) keyContexts(k tea.KeyMsg) tea.Cmd {
	if m.next = m.contexts.Key(k); m.next == "" {
		return nil
	}
	return m.leave()
}
