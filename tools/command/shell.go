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
	"[^ ;]+;|\\$\\(.*\\)|`.*`)$")

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
