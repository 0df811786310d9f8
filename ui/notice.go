package ui

import (
	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/ui/style"
)

// notice is what just happened. It stands below the screen until the next key.
type notice struct {
	text string
	mood mood
}

// mood is how a notice is meant: it chooses the colour.
type mood int

const (
	worthALook mood = iota
	done
	greeting
)

// note is a notice that needs attention.
func note(text string) notice { return notice{text: text} }

// and adds another text below; the notice then needs attention if there was one already.
func (n notice) and(text string, m mood) notice {
	if n.text == "" {
		return notice{text, m}
	}
	return note(n.text + "\n" + text)
}

// forNotice is the colour of what just happened.
func forNotice(s style.Styles, n notice) lipgloss.Style {
	switch n.mood {
	case done:
		return s.Good
	case greeting:
		return s.Accent
	default:
		return s.Warn
	}
}
