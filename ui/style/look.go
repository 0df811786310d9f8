package style

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/muesli/termenv"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Look is what the console may use on this terminal: which colours, whether bold, faint and reversed text, and whether symbols
// beyond ASCII. The zero Look has no colours, no bold, faint or reversed text, and all symbols.
type Look struct {
	Colors     Colors
	Attributes bool // may be true without colours; always true with them
	Theme      Theme
	ASCII      bool
}

// Colors is how many colours the terminal knows.
type Colors int

// How many colours, by their names on the command line.
const (
	NoColors Colors = iota
	Colors16
	Colors256
	TrueColor
)

// Theme is the background that the colours are for.
type Theme int

// Backgrounds, by their names on the command line. The colours for AnyBackground are readable on dark and on light.
const (
	AnyBackground Theme = iota
	DarkBackground
	LightBackground
)

var (
	colorNames = []string{"never", "16", "256", "true"} // by Colors
	themeNames = []string{"auto", "dark", "light"}      // by Theme
)

// Wanted is what a person asks for. An empty text or nil leaves the choice to the environment.
type Wanted struct {
	Color, Theme string
	ASCII        *bool
}

// LookOf is the look of a console in an environment. The terminal is not asked: some never answer. Through kubectl exec the
// environment says little, no COLORTERM and no locale, so a person can say it instead: what is wanted takes precedence over the
// environment, including NO_COLOR.
//
// Errors: a name of a colour or theme that does not exist.
func LookOf(w Wanted, env func(string) string) (Look, error) {
	look := Look{Colors: colorsOf(env), Attributes: env("TERM") != "" && env("TERM") != "dumb", ASCII: needsASCII(env)}
	if w.Color != "" && w.Color != "auto" {
		at := slices.Index(colorNames, w.Color)
		if at < 0 {
			return look, hint.Add(fmt.Errorf("%q is no choice of colours", w.Color), "auto, "+strings.Join(colorNames, ", "))
		}
		look.Colors = Colors(at)
	}
	if w.ASCII != nil {
		look.ASCII = *w.ASCII
	}
	theme := w.Theme
	if theme == "" {
		theme = env("PODTRACER_THEME")
	}
	at := slices.Index(themeNames, theme)
	if theme != "" && at < 0 {
		return look, hint.Add(fmt.Errorf("there is no theme %q", theme), strings.Join(themeNames, ", ")+" (--theme, else $PODTRACER_THEME)")
	}
	look.Theme = Theme(max(0, at))
	if look.Theme == AnyBackground {
		look.Theme = background(env("COLORFGBG"))
	}
	return look, nil
}

// environment makes the variables that LookOf was given readable for termenv.
type environment func(string) string

func (e environment) Getenv(name string) string { return e(name) }
func (e environment) Environ() []string         { return nil }

func colorsOf(env func(string) string) Colors {
	switch termenv.NewOutput(io.Discard, termenv.WithEnvironment(environment(env)), termenv.WithTTY(true)).EnvColorProfile() {
	case termenv.TrueColor:
		return TrueColor
	case termenv.ANSI256:
		return Colors256
	case termenv.ANSI:
		return Colors16
	default:
		return NoColors
	}
}

// needsASCII says whether symbols beyond ASCII may not be readable: on a terminal that is unknown, or known to have few of them,
// and in a locale that is not UTF-8. If no locale is set, as through kubectl exec, the terminal decides: nearly all of them use
// UTF-8.
func needsASCII(env func(string) string) bool {
	switch term := env("TERM"); {
	case term == "", term == "dumb", term == "linux", strings.HasPrefix(term, "vt"):
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // in this order, setlocale(3)
		if locale := strings.ToLower(env(name)); locale != "" {
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}

// background reads COLORFGBG, "15;0", which some terminals set: the numbers of the colours of text and background.
func background(colorFGBG string) Theme {
	_, last, found := strings.Cut(colorFGBG, ";")
	if i := strings.LastIndexByte(last, ';'); i >= 0 {
		last = last[i+1:]
	}
	n, err := strconv.Atoi(last)
	switch {
	case !found, err != nil:
		return AnyBackground
	case n == 7, n == 15:
		return LightBackground
	case n >= 0 && n <= 8:
		return DarkBackground
	default:
		return AnyBackground
	}
}
