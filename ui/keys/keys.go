// Package keys lists all keys of the console: what is pressed, and how the help shows it. While text is typed, only Enter, Esc,
// Tab, F1 and ctrl+c are keys.
//
// The door: a variable for each key.
package keys

import "github.com/charmbracelet/bubbles/key"

// The keys, by what they do. A key may do different things on different screens: space pauses a text and marks a pod.
var (
	Up            = Bind("↑/k", "up", "up", "k")
	Down          = Bind("↓/j", "down", "down", "j")
	PageUp        = Bind("pgup", "a page up", "pgup", "b", "ctrl+b")
	PageDown      = Bind("pgdn", "a page down", "pgdown", " ", "ctrl+f")
	Top           = Bind("g", "to the top", "home", "g")
	Bottom        = Bind("G", "to the end", "end", "G")
	Left          = Bind("←", "left", "left", "h")
	Right         = Bind("→", "right", "right", "l")
	Tab           = Bind("tab", "other pane", "tab", "shift+tab")
	Enter         = Bind("enter", "choose", "enter")
	Back          = Bind("esc", "back", "esc")
	Filter        = Bind("/", "search", "/")
	Runs          = Bind("r", "runs", "r")
	Help          = Bind("? F1", "help", "?", "f1")
	Quit          = Bind("q", "quit", "q")
	Stop          = Bind("x", "stop", "x")
	Save          = Bind("s", "save", "s")
	Follow        = Bind("f", "follow", "f")
	Detach        = Bind("d", "detach", "d")
	Freeze        = Bind("z", "freeze", "z")
	Yes           = Bind("y", "yes", "y", "enter")
	No            = Bind("n", "no", "n", "esc")
	Mouse         = Bind("M", "mouse", "M")
	Interrupt     = Bind("ctrl+c", "quit", "ctrl+c")
	Mark          = Bind("space", "mark", " ")
	Unmark        = Bind("u", "unmark all", "u")
	Star          = Bind("*", "favourite", "*")
	Info          = Bind("i", "details", "i")
	Context       = Bind("c", "another context", "c")
	Sort          = Bind("o", "sort by the next column", "o")
	Reverse       = Bind("O", "reverse the order", "O")
	Whole         = Bind("ctrl+t", "whole terminal", "ctrl+t")
	Pause         = Bind("space", "pause", " ")
	Search        = Bind("/", "search", "/")
	Include       = Bind("&", "only lines with", "&")
	Exclude       = Bind("!", "no lines with", "!")
	Highlight     = Bind("H", "highlight", "H")
	Wrapping      = Bind("w", "wrap", "w")
	Stamps        = Bind("t", "times", "t")
	Moment        = Bind("@ T", "go to a time", "@", "T")
	Bookmark      = Bind("m", "bookmark", "m")
	NextMark      = Bind("'", "next bookmark", "'")
	Selecting     = Bind("c", "choose lines to copy", "c")
	Addresses     = Bind("a", "names", "a")
	NextMatch     = Bind("n", "next match", "n")
	PreviousMatch = Bind("N", "previous match", "N")
	Split         = Bind("v", "side by side", "v")
	CopyRun       = Bind("y", "copy the line of podtracer run", "y")
	CopyPlain     = Bind("Y", "copy the plain command", "Y")
	SaveAll       = Bind("a", "save all and quit", "a")
	CopyPath      = Bind("ctrl+y", "copy the path of what was saved", "ctrl+y")
)

// Bind makes a key from the text that is shown for it, what it does, and its names in Bubble Tea.
func Bind(shown, does string, names ...string) key.Binding {
	return key.NewBinding(key.WithKeys(names...), key.WithHelp(shown, does))
}
