package command

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// No shell is ever run, but a person may have written a command for one.

// operator is a word on which a shell acts if it is not quoted: a pipe, a list, a redirection, a command substitution.
var operator = regexp.MustCompile(`^(\||\|\||\|&|&|&&|;|[0-9]*(<|>|>>|<<|<<<|>\|)|[0-9]*>>?&?[-0-9a-zA-Z_./]+|&>>?[^ ]*|[0-9]*<[a-zA-Z_./][^ >]*|` +
	`(\||\|\||&&)[a-zA-Z_./][-a-zA-Z0-9_./]*|` + "[^ ;]+;|\\$\\(.*\\)|`.*`)$")

// own are commands that take such words themselves: in filters, patterns, separators, programs in other languages.
var own = []string{
	"tcpdump", "tshark", "ngrep", "ss", "find", "expr", "test", "[", "nft", "cut", "tr", "sort", "column", "paste", "grep", "egrep", "awk", "sed",
	"jq", "perl", "python3", "echo", "printf", "xargs", "sh", "bash", "dash", "ash", "zsh", "busybox", "psql", "mysql", "sqlite3",
}

// ShellWord returns the first argument that is a shell operator; "" if none is.
func ShellWord(argv []string) string {
	for i, word := range argv {
		if operator.MatchString(word) && (i < len(argv)-1 || !strings.HasSuffix(word, ";")) {
			return word
		}
	}
	return ""
}

// TakesShellWords says whether the command may expect such a word as an argument.
func TakesShellWords(argv []string) bool {
	return len(argv) > 0 && slices.Contains(own, filepath.Base(argv[0]))
}

// shellOnly are words that begin a command and are no program: a shell's own commands, its syntax, an assignment.
var shellOnly = regexp.MustCompile(`^(cd|export|source|\.|alias|ulimit|umask|set|unset|exec|eval|trap|wait|while|until|for|if|case|[A-Za-z_][A-Za-z0-9_]*=.*)$`)

// ForShell says what a command that is not installed is, if only a shell would have understood it, and what to write in its place; "" if
// that is not the reason.
func ForShell(argv []string) string {
	switch name := argv[0]; {
	case strings.ContainsAny(name, " \t\n"):
		if words, err := Split(name); err == nil && ShellWord(words) == "" {
			return "the whole command is one word: without quotes it is " + Join(append(words, argv[1:]...))
		}
		return "the whole command is one word, and no shell is run; with a shell: " + Join([]string{"sh", "-c", name})
	case ShellWord(argv) != "":
		return PassedOn(argv) + "; " + WithShell(argv)
	case shellOnly.MatchString(name):
		return name + " is a word of a shell, and no shell is run; with one: " + InShell(argv)
	}
	return ""
}

// PassedOn says what becomes of a word for a shell.
func PassedOn(argv []string) string {
	return "no shell is run, so " + ShellWord(argv) + " is passed to " + argv[0] + " as an argument"
}

// WithShell says what does what was meant.
func WithShell(argv []string) string { return "with a shell: " + InShell(argv) }

// InShell returns the command that makes a shell act on these words.
func InShell(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		if words[i] = word; !operator.MatchString(word) {
			words[i] = Join([]string{word})
		}
	}
	return Join([]string{"sh", "-c", strings.Join(words, " ")})
}
