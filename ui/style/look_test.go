package style

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func variables(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestTheLookFollowsTheEnvironmentAndFlagsGoBeforeIt(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		name string
		w    Wanted
		env  []string
		want Look
	}{
		{"kubectl exec: no locale", Wanted{}, []string{"TERM=xterm"}, Look{Colors: Colors16}},
		{"nothing is set", Wanted{}, nil, Look{ASCII: true}},
		{"dumb", Wanted{}, []string{"TERM=dumb", "LANG=C.UTF-8"}, Look{ASCII: true}},
		{"a virtual terminal", Wanted{}, []string{"TERM=linux"}, Look{Colors: Colors16, ASCII: true}},
		{"a locale without UTF-8", Wanted{}, []string{"TERM=xterm", "LANG=C"}, Look{Colors: Colors16, ASCII: true}},
		{"LC_ALL before LANG", Wanted{}, []string{"TERM=xterm", "LANG=C", "LC_ALL=de_DE.utf8"}, Look{Colors: Colors16}},
		{"256", Wanted{}, []string{"TERM=xterm-256color"}, Look{Colors: Colors256}},
		{"true colour", Wanted{}, []string{"TERM=xterm-256color", "COLORTERM=truecolor"}, Look{Colors: TrueColor}},
		{"NO_COLOR", Wanted{}, []string{"TERM=xterm", "COLORTERM=truecolor", "NO_COLOR=1"}, Look{}},
		{"an empty NO_COLOR says nothing", Wanted{}, []string{"TERM=xterm", "NO_COLOR="}, Look{Colors: Colors16}},
		{"--color", Wanted{Color: "true"}, []string{"TERM=xterm", "NO_COLOR=1"}, Look{Colors: TrueColor}},
		{"--ascii", Wanted{ASCII: &yes}, []string{"TERM=xterm"}, Look{Colors: Colors16, ASCII: true}},
		{"--ascii=false", Wanted{ASCII: &no}, nil, Look{}},
		{"COLORFGBG light", Wanted{}, []string{"TERM=xterm", "COLORFGBG=0;default;15"}, Look{Colors: Colors16, Theme: LightBackground}},
		{"COLORFGBG dark", Wanted{}, []string{"TERM=xterm", "COLORFGBG=15;0"}, Look{Colors: Colors16, Theme: DarkBackground}},
		{"--theme", Wanted{Theme: "light"}, []string{"TERM=xterm", "PODTRACER_THEME=dark"}, Look{Colors: Colors16, Theme: LightBackground}},
	} {
		term := variables(c.env...)("TERM")
		c.want.Attributes = term != "" && term != "dumb" // whatever is said of colours
		if got, err := LookOf(c.w, variables(c.env...)); err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v", c.name, got, err)
		}
	}
	for _, w := range []Wanted{{Color: "red"}, {Theme: "pink"}} {
		if _, err := LookOf(w, variables()); err == nil {
			t.Errorf("%+v is taken", w)
		}
	}
}

func TestWithoutColoursTextIsStillBoldFaintAndReversedWhereTheTerminalKnowsThat(t *testing.T) {
	s := New(Look{Attributes: true})
	for name, got := range map[string]string{
		"\x1b[7mx\x1b[0m": s.Selected.Render("x"), "\x1b[2mx\x1b[0m": s.Dim.Render("x"), "\x1b[1mx\x1b[0m": s.Accent.Render("x"),
		"x": s.Good.Render("x"), " x": " " + New(Look{}).Selected.Render("x"),
	} {
		if got != name {
			t.Errorf("%q, not %q", got, name)
		}
	}
	for i := PlainInk; i <= MatchInk; i++ {
		if got := s.Of(i).Render("x"); regexp.MustCompile(`\x1b\[[0-9;]*(3|4|9|10)[0-9][;m]`).MatchString(got) {
			t.Errorf("ink %d has a colour: %q", i, got)
		}
	}
}

// luminance is that of WCAG 2.2.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(color[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func TestTheColoursOfAThemeCanBeReadOnItsBackground(t *testing.T) {
	const black, white = 0.0, 1.0
	for theme, p := range manyColors {
		for _, color := range []string{p.accent, p.dim, p.bad, p.warn, p.good} {
			l := luminance(t, color)
			onBlack, onWhite := (l+0.05)/(black+0.05), (white+0.05)/(l+0.05)
			switch {
			case Theme(theme) == DarkBackground && onBlack < 4.5, Theme(theme) == LightBackground && onWhite < 4.5,
				Theme(theme) == AnyBackground && min(onBlack, onWhite) < 4.4:
				t.Errorf("%s in %s: %.2f on black, %.2f on white", color, themeNames[theme], onBlack, onWhite)
			}
		}
	}
}

func TestColoursAreThoseOfTheLookWhereverTheyAreDrawn(t *testing.T) {
	for colors, want := range map[Colors]string{NoColors: "x", Colors16: "\x1b[33mx\x1b[0m", Colors256: "\x1b[", TrueColor: "\x1b["} {
		got := New(Look{Colors: colors}).Warn.Render("x")
		if !strings.HasPrefix(got, want) || colors == NoColors && got != want {
			t.Errorf("colours %d: %q", colors, got)
		}
	}
}
