package ui

import (
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
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
	chunkMsg struct {
		view  int // which showing of a run asked for it; an older one's is thrown away
		chunk tools.Chunk
		err   error
	}
	startedMsg struct {
		id    tools.RunID
		whole bool // it is to have the terminal
		err   error
	}
	backMsg struct { // from a tool that had the terminal
		now time.Time
		err error
	}
	savedMsg struct {
		id      tools.RunID
		saved   tools.Saved
		capture bool
		err     error
	}
	stoppedMsg struct{ err error }
	copiedMsg  struct {
		bytes int
		err   error
	}
	tickMsg struct {
		now time.Time
	}
	installedMsg map[string]bool // by name of the tool
	defaultsMsg  struct {
		path string
	}
)
