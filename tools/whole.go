package tools

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// WantsTerminal says whether a command takes a whole terminal: it draws on it and reads keys, as mtr does, or is a shell. Its
// output means nothing as lines.
func WantsTerminal(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	switch name := filepath.Base(argv[0]); name {
	case "bash", "sh", "dash", "ash", "zsh", "fish", "ksh":
		return isShellForPerson(argv[1:])
	case "mtr":
		return !hasOption(argv[1:], "rwjxClpvh", "aBcfFGiILmMoPQsUyZ",
			"--report", "--report-wide", "--json", "--xml", "--csv", "--raw", "--split", "--version", "--help")
	case "iftop", "nethogs":
		return !hasOption(argv[1:], "tVh", "iFfmcd")
	case "top", "htop":
		return !hasOption(argv[1:], "bhv", "dnpsuUEoe", "--help", "--version")
	case "busybox":
		return len(argv) > 1 && WantsTerminal(argv[1:])
	default:
		return slices.Contains([]string{"vi", "vim", "nano", "less", "more", "man", "watch", "termshark", "bmon", "iptraf-ng", "tmux", "screen"}, name)
	}
}

// isShellForPerson says whether a shell waits for what somebody types: it has got no command and no script.
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

// hasOption says whether one of some options is among the words: as a letter, alone or among others before one that takes a
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

// viewer is whoever sits before a tool with a whole terminal, and how far the output has come to the screen.
type viewer struct {
	there  bool
	offset int64
}

// mostAhead is how far a tool may write ahead of the screen before it waits, as it would for a terminal of its own: what is
// interrupted by a key is then soon off the screen, and a shell that prints without end does not fill the disk.
const mostAhead = 64 << 10

// Attach writes the output of a run with a whole terminal to w as it comes, from an offset on, until ctx or the output ends.
// Meanwhile the tool goes no faster than w.
//
// Errors: ErrNoRun, those of w, and that of ctx.
func (r *Runs) Attach(ctx context.Context, id RunID, from int64, w io.Writer) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	defer run.viewer.Set(viewer{})
	_, err = io.Copy(w, run.spool.followFrom(ctx, from, func(offset int64) { run.viewer.Set(viewer{true, offset}) }))
	return err
}

// keepPace waits until the viewer, if one is there, has seen nearly all.
func (r *run) keepPace(ctx context.Context) {
	for {
		v, version := r.viewer.Get()
		if !v.there || r.spool.size()-v.offset <= mostAhead {
			return
		}
		if _, _, err := r.viewer.Next(ctx, version); err != nil {
			return
		}
	}
}
