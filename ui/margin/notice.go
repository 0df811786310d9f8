package margin

import (
	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/ui/style"
)

// Notice tells what just happened. It is shown at the bottom of the screen until the next key.
type Notice struct {
	Text string
	Mood Mood
}

// Mood is the kind of a notice, and decides its colour.
type Mood int

// The moods of a notice.
const (
	WorthALook Mood = iota
	Done
	Greeting
)

// Note makes a notice that needs attention.
func Note(text string) Notice { return Notice{Text: text} }

// And adds another text below the notice. A notice with two texts needs attention.
func (n Notice) And(text string, m Mood) Notice {
	if n.Text == "" {
		return Notice{text, m}
	}
	return Note(n.Text + "\n" + text)
}

// Style is the colour of a notice.
func Style(s style.Styles, n Notice) lipgloss.Style {
	switch n.Mood {
	case Done:
		return s.Good
	case Greeting:
		return s.Accent
	default:
		return s.Warn
	}
}
