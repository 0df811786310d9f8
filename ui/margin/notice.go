package margin

import (
	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/ui/style"
)

// Notice is what just happened. It stands below the screen until the next key.
type Notice struct {
	Text string
	Mood Mood
}

// Mood is how a notice is meant: it chooses the colour.
type Mood int

// The moods of a notice.
const (
	WorthALook Mood = iota
	Done
	Greeting
)

// Note is a notice that needs attention.
func Note(text string) Notice { return Notice{Text: text} }

// And adds another text below; the notice then needs attention if there was one already.
func (n Notice) And(text string, m Mood) Notice {
	if n.Text == "" {
		return Notice{text, m}
	}
	return Note(n.Text + "\n" + text)
}

// Style is the colour of what just happened.
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
