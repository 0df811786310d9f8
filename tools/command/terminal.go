package command

import (
	"path/filepath"
	"slices"
	"strings"
)

// WantsTerminal says whether a command needs a whole terminal, because it draws on it and reads keys, like mtr, or is a shell.
// The output of such a command means nothing as lines.
func WantsTerminal(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	if EndsByHangup(argv) {
		return true
	}
	switch name := filepath.Base(argv[0]); name {
	case "mtr":
		return !hasOption(argv[1:], "rwjxClpvh", mtrValues,
			"--report", "--report-wide", "--json", "--xml", "--csv", "--raw", "--split", "--version", "--help")
	case "iftop", "nethogs":
		return !hasOption(argv[1:], "tVh", "iFfmcd")
	case "top", "htop":
		return !hasOption(argv[1:], "bhv", "dnpsuUEoe", "--help", "--version")
	case "busybox":
		return len(argv) > 1 && WantsTerminal(argv[1:])
	default:
		return slices.Contains([]string{"watch", "termshark", "bmon", "iptraf-ng"}, name)
	}
}

// EndsByHangup says whether an interactive command ends when its terminal goes away, but goes on after an interrupt: an
// interactive shell, an editor, a pager.
func EndsByHangup(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	switch name := filepath.Base(argv[0]); name {
	case "bash", "sh", "dash", "ash", "zsh", "fish", "ksh":
		return isShellForPerson(argv[1:])
	case "busybox":
		return EndsByHangup(argv[1:])
	default:
		return slices.Contains([]string{"vi", "vim", "nano", "less", "more", "man", "tmux", "screen"}, name)
	}
}

// TellsAtItsEnd says whether a command prints nothing before it has ended by itself, even if it is interrupted: mtr with a report.
func TellsAtItsEnd(argv []string) bool {
	return len(argv) > 0 && filepath.Base(argv[0]) == "mtr" &&
		hasOption(argv[1:], "rwjxC", mtrValues, "--report", "--report-wide", "--json", "--xml", "--csv")
}

// WantsInput says whether a command is of no use without something on its standard input.
func WantsInput(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	args := argv[1:]
	switch name := filepath.Base(argv[0]); name {
	case "tcpdump", "tshark":
		return slices.Contains(args, "-r-") || slices.Contains(args, "-r") && slices.Index(args, "-r")+1 == slices.Index(args, "-")
	case "cat", "tee":
		return !slices.ContainsFunc(args, func(word string) bool { return !strings.HasPrefix(word, "-") })
	case "bash", "sh", "dash", "ash", "zsh", "ksh":
		return slices.Contains(args, "-s")
	case "busybox":
		return len(args) > 0 && WantsInput(args)
	default:
		return name == "telnet" || name == "xargs"
	}
}

// mtrValues are the options of mtr(8) that take a value.
const mtrValues = "aBcfFGiILmMoPQsUyZ"

// isShellForPerson says whether a shell is interactive: it has no command and no script.
func isShellForPerson(args []string) bool {
	for i, arg := range args {
		switch {
		case arg == "--rcfile" || arg == "--init-file" || arg == "-o" || arg == "-O":
			return isShellForPerson(args[min(i+2, len(args)):])
		case !strings.HasPrefix(arg, "-"), !strings.HasPrefix(arg, "--") && strings.Contains(arg, "c"):
			return false
		}
	}
	return true
}

// hasOption says whether words contain one of some options: as a letter, alone or among others before a letter that takes a
// value, or as a whole word.
func hasOption(words []string, letters, withValue string, long ...string) bool {
	for _, w := range words {
		if slices.Contains(long, w) {
			return true
		}
		if len(w) < 2 || w[0] != '-' || w[1] == '-' {
			continue
		}
		for _, letter := range w[1:] {
			if strings.ContainsRune(letters, letter) {
				return true
			}
			if strings.ContainsRune(withValue, letter) {
				break
			}
		}
	}
	return false
}
