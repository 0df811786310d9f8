package ui

import (
	"github.com/charmbracelet/bubbles/key"

	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
)

// homeHint are the keys of the home screen.
func (m *model) homeHint() (offers []keys.Offer) {
	add := func(does string, key ...key.Binding) { offers = append(offers, keys.Offers(does, key...)) }
	_, any := m.pods.Selected()
	chosen, err := m.pods.Chosen()
	runs := len(chosen) > 0 && err == nil
	switch m.focused() {
	case onNamespaces:
		add("show its pods", keys.Enter)
		add("sort", keys.Sort, keys.Reverse)
		add("search", keys.Filter)
		add(m.nextPane(), keys.Tab)
		add("runs", keys.Runs)
		return append(offers, margin.Ending("")[1:]...)
	case onDetail:
		if m.detail.Scrolls(m.paneHeight()) {
			add("scroll", keys.UpDown)
		}
		if runs {
			add(runWord(len(m.pods.Marked())), keys.Enter)
		}
		add("hide", keys.Info)
		add(m.nextPane(), keys.Tab)
		return append(offers, margin.Ending("pods")...)
	}
	if runs {
		add(runWord(len(m.pods.Marked())), keys.Enter)
	}
	if any {
		add("mark", keys.Mark)
	}
	add("search", keys.Filter)
	add("info", keys.Info)
	add(m.nextPane(), keys.Tab)
	add("runs", keys.Runs)
	if any {
		add("favourite", keys.Star)
	}
	if m.pods.Shown() > 1 {
		add("sort", keys.Sort)
	}
	if m.pods.Narrowed() || len(m.pods.Marked()) > 0 {
		add("clear", keys.Back)
	}
	return append(offers, margin.Ending("")[1:]...)
}

func runWord(marked int) string {
	if marked > 0 {
		return "run in all marked"
	}
	return "run"
}

// nextPane is the pane that Tab goes to.
func (m *model) nextPane() string {
	next := *m
	next.moveFocus(1)
	return [panesCount]string{"pods", "namespaces", "details"}[next.focus]
}
