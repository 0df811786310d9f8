package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/ui/tty"
)

// terminalCommands are the ways in which the console uses the person's terminal, besides drawing on it.
type terminalCommands struct {
	askTerminal func() tea.Cmd
	copy        func(text string) tea.Cmd // to the clipboard of the person
	mouse       func(on bool) tea.Cmd     // whether the terminal tells of it
	nextLink    func(seen uint64) tea.Cmd
	frame       func(perSecond int) tea.Cmd // until it is time for the next one
}

type (
	copiedMsg struct {
		bytes int
		err   error
	}
	linkMsg struct {
		link    tty.Link
		version uint64
	}
	frameMsg struct{} // it is time for the next frame
)

func newTerminalCommands(ctx context.Context, t *tty.Terminal, d *tty.Display) terminalCommands {
	return terminalCommands{
		askTerminal: func() tea.Cmd {
			return func() tea.Msg { t.Ask(); return nil }
		},
		copy: func(text string) tea.Cmd {
			return func() tea.Msg { return copyTo(t, text) }
		},
		mouse: func(on bool) tea.Cmd {
			return func() tea.Msg { d.SetMouse(on); return nil }
		},
		nextLink: func(seen uint64) tea.Cmd {
			return func() tea.Msg {
				link, version, err := t.NextLink(ctx, seen)
				if err != nil {
					return nil // only when the console ends
				}
				return linkMsg{link, version}
			}
		},
		frame: func(perSecond int) tea.Cmd {
			return func() tea.Msg {
				pause.For(ctx, time.Second/time.Duration(perSecond))
				t.Ready(ctx)
				return frameMsg{}
			}
		},
	}
}

// copyTo copies text to the clipboard of the person at the terminal.
func copyTo(t *tty.Terminal, text string) tea.Msg { return copiedMsg{len(text), t.Copy(text)} }

// takeLink learns the state of the terminal.
func (m *model) takeLink(msg linkMsg) tea.Cmd {
	if ended := msg.link.RecordingEnded; ended != nil && m.link.RecordingEnded == nil {
		m.failed = hint.Add(ended, "the console goes on; what was recorded until now can be replayed")
	}
	m.link = msg.link
	return m.commands.nextLink(msg.version)
}
