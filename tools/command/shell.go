package command

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// No shell is ever run, and a person may have written for one.

// operator is a word that a shell acts on if it is not quoted: a pipe, a list, a redirection, a command in the place of a word.
var operator = regexp.MustCompile(`^(\||\|\||\|&|&|&&|;|[0-9]*(<|>|>>|<<|<<<|>\|)|[0-9]*>>?&?[-0-9a-zA-Z_./]+|&>>?[^ ]*|[0-9]*<[a-zA-Z_./][^ >]*|` +
	"[^ ;]+;|\\$\\(.*\\)|`.*`)$")

// own are commands to which such words say something: filters, patterns, separators, programs of other languages.
var own = []string{
	"tcpdump", "tshark", "ngrep", "ss", "find", "expr", "test", "[", "nft", "cut", "tr", "sort", "column", "paste", "grep", "egrep", "awk", "sed",
	"jq", "perl", "python3", "echo", "printf", "xargs", "sh", "bash", "dash", "ash", "zsh", "busybox", "psql", "mysql", "sqlite3",
}

// ShellWord returns the first argument that is an operator of a shell; "" if none is.
func ShellWord(argv []string) string {
	for i, word := range argv {
		if operator.MatchString(word) && (i < len(argv)-1 || !strings.HasSuffix(word, ";")) {
			return word
		}
	}
	return ""
}

// TakesShellWords says whether a command may be meant to get such a word.
func TakesShellWords(argv []string) bool {
	return len(argv) > 0 && slices.Contains(own, filepath.Base(argv[0]))
}

// InShell is the command that has a shell do what the words say.
func InShell(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		if words[i] = word; !operator.MatchString(word) {
			words[i] = Join([]string{word})
		}
	}
	return Join([]string{"sh", "-c", strings.Join(words, " ")})
}
