package ui

import (
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/runs"
)

type backMsg struct { // from a tool that had the terminal
	now time.Time
	err error
}

// wholeLayer is a run that has the whole terminal, or had it.
var wholeLayer = layer{
	name: "whole terminal", shown: func(m *model) bool {
		run, _ := m.runs.Find(m.output.id)
		return m.screen == watching && run.Whole
	},
	key: (*model).keyWhole, fill: (*model).wholeLines, hint: (*model).wholeHint, help: help.Whole, wheel: still,
}

func (m *model) keyWhole(k tea.KeyMsg) tea.Cmd {
	if run, _ := m.runs.Find(m.output.id); key.Matches(k, keys.Enter) && runs.Seated(run) {
		return m.commands.sit(run.ID)
	}
	return m.keyRun(k)
}

func (m *model) wholeLines(height int) []string {
	run, _ := m.runs.Find(m.output.id)
	lines := m.header(run)
	trouble := runs.Trouble(m.styles, run, m.width)
	rows := max(1, height-len(lines)-len(trouble)-1)
	lines = append(append(lines, runs.WholeText(m.styles, run, m.width, rows)...), trouble...)
	return append(lines, runs.WholeFoot(m.styles, run, m.width))
}

func (m *model) wholeHint() (offers []keys.Offer) {
	run, _ := m.runs.Find(m.output.id)
	if runs.Seated(run) {
		offers = append(offers, keys.Offers("go to it", keys.Enter))
	}
	offers = append(m.ofRun(offers, run), keys.Offers("copy", keys.CopyRun), keys.Offers("runs", keys.Runs))
	return append(offers, margin.Ending("back")...)
}
