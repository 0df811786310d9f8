// Package text keeps lines to look at: of one run, or of all runs of a set in the order of time.
//
// The newest lines are in memory, the others in files without a name, of which nothing is left however podtracer ends. What is
// lossy: what passes 1 GiB lets the oldest lines go, as does a disk that cannot be written to, but for the newest 16 MiB; that is
// said once, in a line, and told by State.First. What was written over in a line that is longer than lines are is left out. Writers
// of one text and of the texts of one set take turns; readers wait for nobody.
//
// The lines of a set are held for 200 ms by a timer, so that those of other runs can come before them. No other goroutine is
// started.
//
// The door: New, with the Kind that is wanted, Text, its Writers and its State; Line; Filter and Hits of a search.
package text

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/internal/owndir"
)

// Line is a piece of text to look at. Its text is as the tool wrote it, not made safe for a terminal. One that has MaxLine bytes
// goes on in the next line of its run.
type Line struct {
	Number uint64 // from 1, without gaps
	Text   string
	Time   time.Time // when it came
	Run    int       // the number of the run that it is of
	Note   bool      // said by the tool on its standard error, or by podtracer, and not part of the output
}

// Shown is what a terminal shows of the line: what stands behind its last carriage return.
func (l Line) Shown() string {
	text := strings.TrimRight(l.Text, "\r")
	return text[strings.LastIndexByte(text, '\r')+1:]
}

// State is how far a text goes.
type State struct {
	First, Last uint64 // numbers of the oldest line that is kept and of the newest; 0 when there is none
	Unfinished  uint64 // another number when Unfinished has changed; 0 if every line has an end
	Ended       bool   // no more lines come; of a set, unless another run joins it
}

// MaxLine is how many bytes a line has at the most. What is longer becomes several lines: whoever looks at some lines has
// little to do.
const MaxLine = 8 << 10

// Text is a text that grows: that of a run, or of all runs of a set.
type Text struct {
	log   log
	state latest.Value[State]
	open  unfinished
	run   int               // its number; 0 for a set
	set   *Text             // gets the lines of this run, too; nil if it is in no set
	match func(text []byte) // is told of every line of the output, unless it is nil

	adding sync.Mutex // held by who adds lines; that of a run before that of its set
	newest int64      // when the last line came, in Unix nanoseconds
	going  int        // runs of a set that have not ended
	merge  merge      // of a set
}

// Kind says what a text is for.
type Kind struct {
	Dir   *owndir.Dir       // where its files are made; nil keeps all in memory
	Room  func() error      // says that the disk is nearly full; nil if nobody asks
	Run   int               // the number of the run that it is of; 0 for a set
	Set   *Text             // gets the lines of this run, too; nil if it is in no set
	Match func(text []byte) // is told of every line of the output, unless it is nil
}

// New makes a text without lines.
func New(kind Kind) *Text {
	return &Text{log: log{dir: kind.Dir, room: kind.Room}, run: kind.Run, set: kind.Set, match: kind.Match}
}

// add takes lines that come now, and copies them.
func (l *Text) add(texts [][]byte, note bool) {
	if len(texts) == 0 {
		return
	}
	if l.match != nil && !note {
		for _, text := range texts {
			l.match(text)
		}
	}
	l.adding.Lock()
	defer l.adding.Unlock()
	now := time.Now().UnixNano()
	l.append(texts, now, l.run, note)
	if l.set != nil {
		l.set.adding.Lock()
		defer l.set.adding.Unlock()
		l.set.merge.hold(texts, now, l.run, note)
		l.set.goOn(now, false)
	}
}

// goOn adds the lines of a set that have waited long enough, or all of them, and sees to it that the others are added in time.
// The caller holds adding.
func (l *Text) goOn(now int64, all bool) {
	due := l.merge.due(now, all)
	for len(due) > 0 { // as many at once as are of one run
		n, texts := 0, [][]byte(nil)
		for ; n < len(due) && due[n].run == due[0].run && due[n].note == due[0].note; n++ {
			texts = append(texts, due[n].text)
		}
		l.append(texts, due[n-1].came, due[0].run, due[0].note)
		due = due[n:]
	}
	switch {
	case len(l.merge.held) == 0:
		if l.merge.timer != nil {
			l.merge.timer.Stop()
			l.merge.timer = nil
		}
	case l.merge.timer == nil:
		l.merge.timer = time.AfterFunc(holdFor, func() { // ends at once, or after it has added the lines
			l.adding.Lock()
			defer l.adding.Unlock()
			if l.merge.timer = nil; len(l.merge.held) > 0 {
				l.goOn(time.Now().UnixNano(), false)
			}
		})
	}
}

// append adds lines to this text alone. Their time is never before that of the line before, whatever the clock does: it is
// found by binary search.
func (l *Text) append(texts [][]byte, now int64, run int, note bool) {
	l.newest = max(l.newest, now)
	if err := l.log.append(texts, l.newest, run, note); err != nil {
		_ = l.log.append([][]byte{[]byte("podtracer: " + err.Error())}, l.newest, run, true) // it is told once
	}
	l.publish(func(*State) {})
}

// publish lets others see how far the text goes.
func (l *Text) publish(change func(*State)) {
	l.state.Update(func(s State) State {
		s.First, s.Last = l.log.bounds()
		s.Unfinished = l.open.version()
		change(&s)
		return s
	})
}

// Note adds a line of podtracer's own.
func (l *Text) Note(text string) { l.add([][]byte{[]byte("podtracer: " + text)}, true) }

// Join says that the lines of a run come, too: the text of a set goes on until all of its runs have ended. room says that the
// run's disk is nearly full.
func (l *Text) Join(room func() error) {
	l.adding.Lock()
	defer l.adding.Unlock()
	if l.going++; l.log.room == nil {
		l.log.room = room
	}
	l.publish(func(s *State) { s.Ended = false })
}

// End says that no more lines come, of the run or of one that joined the set.
func (l *Text) End() {
	l.adding.Lock()
	defer l.adding.Unlock()
	if l.going--; l.going <= 0 {
		l.goOn(time.Now().UnixNano(), true)
	}
	l.publish(func(s *State) { s.Ended = l.going <= 0 })
	if l.set != nil {
		l.set.End()
	}
}

// Close gives the disk back. What is read after it is gone.
func (l *Text) Close() error { return l.log.close() }

// Count is how many lines have come.
func (l *Text) Count() uint64 {
	state, _ := l.state.Get()
	return state.Last
}

// Next waits until the text differs from what was seen.
func (l *Text) Next(ctx context.Context, seen State) (State, error) {
	for {
		now, version := l.state.Get()
		if now != seen {
			return now, nil
		}
		if _, _, err := l.state.Next(ctx, version); err != nil {
			return seen, err
		}
	}
}
