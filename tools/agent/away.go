package agent

import (
	"fmt"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/launch"
)

// away knows how far the console is behind a tool that it cannot reach, or whose output it is still fetching.
type away struct {
	node   string
	tell   func(launch.Away) // may be nil
	notice func(string)      // may be nil

	mu     sync.Mutex
	now    launch.Away
	until  int64     // offset up to which output had been written when the tool was reached again
	told   time.Time // when tell was called last
	again  time.Duration
	broken bool // the person knows that connections break
	open   bool // they were told that this one broke, and not yet that the tool is reached again
}

const (
	shortOutage = 5 * time.Second        // of which nothing more is said than that the connection broke
	tellAgain   = 250 * time.Millisecond // how often it is told how much is still to come
)

// lost notes that the tool cannot be reached, and since when.
func (a *away) lost(since time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now.Since.IsZero() {
		a.again = time.Since(since) + 6*shortOutage
		a.set(launch.Away{Node: a.node, Since: since})
	}
}

// broke tells that the connection broke. A long outage is told again and again, at growing intervals.
func (a *away) broke(why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch gone := time.Since(a.now.Since); {
	case !a.broken:
		a.broken, a.open = true, true
		a.say("reconnecting, node %s keeps recording: the connection broke (%v), and podtracer dials again", a.node, why)
	case !a.now.Since.IsZero() && gone > a.again:
		a.again, a.open = 2*a.again, true
		a.say("still reconnecting, node %s keeps recording: %s behind", a.node, figures.Duration(gone.Round(time.Second)))
	}
}

// unreached says whether the tool could not be reached when that was tried last.
func (a *away) unreached() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.now.Since.IsZero()
}

// reached notes that the tool can be reached again: the console has the output up to at, of what was written so far.
func (a *away) reached(at, written int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch gone := time.Since(a.now.Since); {
	case gone > shortOutage:
		a.say("node %s is reached again after %s: %s of its output are still to come", a.node, figures.Duration(gone.Round(time.Second)),
			figures.Bytes(max(0, written-at)))
	case a.open:
		a.say("node %s is reached again", a.node)
	}
	a.open = false
	a.until = written
	a.set(launch.Away{Node: a.node, Bytes: max(0, written-at)})
}

// got notes that the console has the output up to at.
func (a *away) got(at int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now.Bytes == 0 || a.until > at && time.Since(a.told) < tellAgain {
		return
	}
	a.set(launch.Away{Node: a.node, Bytes: max(0, a.until-at)})
}

func (a *away) set(now launch.Away) {
	if now.Since.IsZero() && now.Bytes == 0 {
		now = launch.Away{}
	}
	a.now, a.told = now, time.Now()
	if a.tell != nil {
		a.tell(now)
	}
}

// silent tells a person who waits for an agent that it has not answered for a while, until heard is called. notice may be nil.
func silent(node string, notice func(string)) (heard func()) {
	if notice == nil {
		return func() {}
	}
	t := time.AfterFunc(shortOutage, func() {
		notice(fmt.Sprintf("the helper on node %s has not answered for %s; podtracer keeps asking it", node, figures.Duration(shortOutage)))
	})
	return func() { t.Stop() }
}

func (a *away) say(format string, args ...any) {
	if a.notice != nil {
		a.notice(fmt.Sprintf(format, args...))
	}
}
