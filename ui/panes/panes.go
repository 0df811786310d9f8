// Package panes says which parts of the home screen are seen, and which of them has the focus: pods, their namespaces, the details of one.
// The door: Layout.
package panes

// Pane is a part of the home screen that can have the focus.
type Pane int

// The panes, in the order in which the focus goes through them.
const (
	Pods Pane = iota
	Namespaces
	Details
	count
)

// Widths of the home screen: from BesideWidth on the details of a pod have room beside the list, from AllWidth on beside list and
// namespaces.
const (
	BesideWidth = 100
	AllWidth    = 150
)

// wanted says whether the details are to be shown.
type wanted int

const (
	ifRoom wanted = iota
	yes
	no
)

// Layout is what is seen on a screen of a width. The zero Layout has no width yet, and the focus on the pods.
type Layout struct {
	width   int
	focus   Pane
	details wanted
}

// Resize tells the width of the screen.
func (l *Layout) Resize(width int) { l.width = width }

// Focused is the pane with the focus; a pane that does not fit on a smaller screen has none.
func (l *Layout) Focused() Pane {
	if l.focus == Details && !l.shown() {
		return Pods
	}
	return l.focus
}

// Focus gives the focus to a pane.
func (l *Layout) Focus(p Pane) { l.focus = p }

// Move goes to the next pane, or to the one before.
func (l *Layout) Move(by Pane) {
	l.focus = (l.Focused() + by + count) % count
	if l.focus == Details && !l.Beside() {
		l.focus = (l.focus + by + count) % count
	}
}

// Next names the pane after the one with the focus.
func (l Layout) Next() string {
	l.Move(1)
	return [count]string{"pods", "namespaces", "details"}[l.focus]
}

// shown says whether the details are visible: they have the focus or there is room for them beside the list.
func (l *Layout) shown() bool { return l.details == yes || l.details == ifRoom && l.All() }

// Beside says whether the details are beside the list.
func (l *Layout) Beside() bool { return l.width >= BesideWidth && l.shown() }

// All says whether there is room for all panes side by side.
func (l *Layout) All() bool { return l.width >= AllWidth }

// ToggleDetails shows or hides the details: beside the list, or in its place where that is too narrow.
func (l *Layout) ToggleDetails() {
	switch {
	case l.width < BesideWidth && l.Focused() == Details:
		l.focus = Pods
	case l.width < BesideWidth:
		l.details, l.focus = yes, Details
	case l.shown():
		l.details, l.focus = no, Pods
	default:
		l.details = yes
		if !l.All() { // there they take the place of the namespaces
			l.focus = Pods
		}
	}
}
