package ui

import "github.com/charmbracelet/bubbles/key"

// keys are all keys of the console. Where a text is typed, only Enter, Esc, Tab, F1 and ctrl+c are keys.
var keys = struct {
	up, down, pageUp, pageDown, top, bottom, left, right     key.Binding
	tab, enter, back, filter, runs, help, quit               key.Binding
	stop, save, follow, freeze, yes, no, interrupt           key.Binding
	mouse                                                    key.Binding
	mark, unmark, star, info, sort, reverse                  key.Binding
	copyRun, copyPlain, copyPath, whole, split               key.Binding
	pause, search, include, exclude, highlight, wrapping     key.Binding
	stamps, moment, bookmark, nextMark, selecting, addresses key.Binding
	nextMatch, previousMatch                                 key.Binding
}{
	up:        bind("↑/k", "up", "up", "k"),
	down:      bind("↓/j", "down", "down", "j"),
	pageUp:    bind("pgup", "a page up", "pgup", "b", "ctrl+b"),
	pageDown:  bind("pgdn", "a page down", "pgdown", " ", "ctrl+f"),
	top:       bind("g", "to the top", "home", "g"),
	bottom:    bind("G", "to the end", "end", "G"),
	left:      bind("←", "left", "left", "h"),
	right:     bind("→", "right", "right", "l"),
	tab:       bind("tab", "other pane", "tab", "shift+tab"),
	enter:     bind("enter", "choose", "enter"),
	back:      bind("esc", "back", "esc"),
	filter:    bind("/", "search", "/"),
	runs:      bind("r", "runs", "r"),
	help:      bind("? F1", "help", "?", "f1"),
	quit:      bind("q", "quit", "q"),
	stop:      bind("x", "stop", "x"),
	save:      bind("s", "save", "s"),
	follow:    bind("f", "follow", "f"),
	freeze:    bind("z", "freeze", "z"),
	yes:       bind("y", "yes", "y", "enter"),
	no:        bind("n", "no", "n", "esc"),
	mouse:     bind("M", "mouse", "M"),
	interrupt: bind("ctrl+c", "quit", "ctrl+c"),
	mark:      bind("space", "mark", " "),
	unmark:    bind("u", "unmark all", "u"),
	star:      bind("*", "favourite", "*"),
	info:      bind("i", "details", "i"),
	sort:      bind("o", "sort by the next column", "o"),
	reverse:   bind("O", "the other way round", "O"),
	whole:     bind("ctrl+t", "whole terminal", "ctrl+t"),
	pause:     bind("space", "pause", " "),
	search:    bind("/", "search", "/"),
	include:   bind("&", "only lines with", "&"),
	exclude:   bind("!", "no lines with", "!"),
	highlight: bind("H", "highlight", "H"),
	wrapping:  bind("w", "wrap", "w"),
	stamps:    bind("t", "times", "t"),
	moment:    bind("@ T", "go to a time", "@", "T"),
	bookmark:  bind("m", "bookmark", "m"),
	nextMark:  bind("'", "next bookmark", "'"),
	selecting: bind("c", "choose lines to copy", "c"),
	addresses: bind("a", "names", "a"),
	nextMatch: bind("n", "next match", "n"),

	previousMatch: bind("N", "match before", "N"),

	split:     bind("v", "side by side", "v"),
	copyRun:   bind("y", "copy the line of podtracer run", "y"),
	copyPlain: bind("Y", "copy the plain command", "Y"),
	copyPath:  bind("ctrl+y", "copy the path of what was saved", "ctrl+y"),
}

func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}
