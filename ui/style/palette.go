package style

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// palette is the colours of a theme; if dim is "", faint text is used for it.
type palette struct{ accent, dim, bad, warn, good, blue, magenta string }

// The palettes for many colours use the 256 colours of xterm, so that they look the same on terminals with more. Each colour has
// a contrast of at least 4.5 to its background (WCAG 2.2, 1.4.3); those for any background have nearly that to black and to
// white.
var (
	manyColors = [...]palette{
		AnyBackground:   {accent: "#5f5fff", dim: "#767676", bad: "#af5f5f", warn: "#af5f00", good: "#00875f"},
		DarkBackground:  {accent: "#5fd7ff", dim: "#8a8a8a", bad: "#ff8787", warn: "#ffd75f", good: "#87d787"},
		LightBackground: {accent: "#005faf", dim: "#6c6c6c", bad: "#af0000", warn: "#875f00", good: "#008700"},
	}
	// With sixteen colours, the terminal's own theme decides what is readable; on white, yellow, green and cyan hardly ever
	// are.
	sixteenColors = [...]palette{
		AnyBackground:   {accent: "6", bad: "1", warn: "3", good: "2"},
		DarkBackground:  {accent: "14", bad: "9", warn: "11", good: "10"},
		LightBackground: {accent: "4", bad: "1", warn: "5", good: "4"},
	}
	profiles = [...]termenv.Profile{NoColors: termenv.Ascii, Colors16: termenv.ANSI, Colors256: termenv.ANSI256, TrueColor: termenv.TrueColor}
)

// Profile is the set of colour sequences that may be written.
func (l Look) Profile() termenv.Profile {
	if l.Colors == NoColors && l.Attributes {
		return termenv.ANSI
	}
	return profiles[l.Colors]
}

func (l Look) palette() palette {
	if l.Colors == NoColors {
		return palette{}
	}
	p := manyColors[l.Theme]
	if l.Colors == Colors16 {
		p = sixteenColors[l.Theme]
	}
	p.blue, p.magenta = "4", "5"
	return p
}

// New makes the console's few colours. Words and shapes say the state first; without colours nothing is lost.
func New(l Look) Styles {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(l.Profile())                     // otherwise termenv would look at whether the output is a terminal
	r.SetHasDarkBackground(l.Theme != LightBackground) // otherwise termenv would ask the terminal
	p := l.palette()
	color := func(c string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(c)) }
	s := Styles{
		Accent:   color(p.accent).Bold(true),
		Strong:   r.NewStyle().Bold(true),
		Dim:      r.NewStyle().Faint(true),
		Bad:      color(p.bad).Bold(true),
		Warn:     color(p.warn),
		Good:     color(p.good),
		Selected: r.NewStyle().Reverse(true),
		blue:     color(p.blue),
		magenta:  color(p.magenta),
	}
	if p.dim != "" {
		s.Dim = color(p.dim)
	}
	return s
}
