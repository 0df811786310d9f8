package ui

import (
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
)

// What the commands bring back. Each carries values, never pointers to what may still change.
type (
	snapshotMsg struct {
		snapshot k8s.Snapshot
		version  uint64
	}
	listMsg struct {
		list    tools.List
		version uint64
	}
	backMsg struct { // from a tool that had the terminal
		now time.Time
		err error
	}
	savedMsg struct {
		id      tools.RunID
		saved   save.File
		capture bool
		err     error
		instead error // why it has not the form that was asked for, but was saved as the tool wrote it
	}
	stoppedMsg struct{ err error }
	tickMsg    struct {
		now time.Time
	}
	defaultsMsg struct {
		path string
	}
	crashMsg   struct{ *crash } // a command has panicked
	welcomeMsg struct{}         // nobody was here before
)
