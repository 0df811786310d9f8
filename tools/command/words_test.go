package command

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/printable"
)

func TestArgumentsAreSplitLikeAShellSplitsWords(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", " \t\n", nil},
		{"blanks separate", " -i  eth0\t-n ", []string{"-i", "eth0", "-n"}},
		{"single quotes keep everything", `'a b' '\n$x"'`, []string{"a b", `\n$x"`}},
		{"double quotes keep all but some backslashes", `"a \"b\" \$x \n"`, []string{`a "b" $x \n`}},
		{"what cannot be seen has escapes", `$'a\x1b\n\'\\b' $x $'\q\xz' "$'a'"`, []string{"a\x1b\n'\\b", "$x", `\q\xz`, `$'a'`}},
		{"a backslash keeps the next", `a\ b \'`, []string{"a b", "'"}},
		{"quotes join with what is beside them", `--f='a b'c`, []string{"--f=a bc"}},
		{"an empty word", `a '' ""`, []string{"a", "", ""}},
		{"a filter needs no quotes", "tcp[13] & 2 != 0 and (port 80 or port 443)", []string{
			"tcp[13]", "&", "2", "!=", "0", "and", "(port", "80", "or", "port", "443)",
		}},
		{"nothing is expanded", "$HOME `id` * ~ ; rm | x > y # z", []string{"$HOME", "`id`", "*", "~", ";", "rm", "|", "x", ">", "y", "#", "z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Split(c.text)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			again, err := Split(Join(got))
			if diff := cmp.Diff(got, again); err != nil || diff != "" {
				t.Errorf("joined as %q: %v\n%s", Join(got), err, diff)
			}
		})
	}
}

func TestAnOpenQuoteIsAnError(t *testing.T) {
	for _, text := range []string{`'a`, `a "b`, `a\`, `"a\"`} {
		if _, err := Split(text); !errors.Is(err, ErrOpenQuote) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestAJoinedLineIsPastedIntoAShellAsTheSameWords(t *testing.T) {
	words := []string{"plain", "two words", "it's", "a\nb", "\x1b[201~\nid\n", "\u202etxt", "\xff", "$(id)`id`", "", "-x", "#", "~", "\\n", "$'x'", "\u009b"}
	out, err := exec.Command("bash", "-c", `printf '%s\0' `+Join(words)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(words, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")); diff != "" {
		t.Errorf("%s\n%s", Join(words), diff)
	}
	if line := Join(words); !printable.Is(line) {
		t.Errorf("%q", line)
	}
}
