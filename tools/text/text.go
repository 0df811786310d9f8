// Package text keeps the lines of one run, or of all runs of a set in order of time.
//
// The newest lines are in memory, the others in files without a name, so nothing is left however podtracer ends. What is lossy:
// beyond 1 GiB the oldest lines are dropped; if the disk cannot be written to, all but the newest 16 MiB are dropped; a note says
// so once, and State.First tells which line is the first. Unless Kind.All is set, text that was overwritten (by a carriage return) in a
// line longer than MaxLine is left out. Writers of one text, and of the texts of one set, take turns; readers wait for nobody.
//
// The lines of a set are held for 200 ms by a timer, so that earlier lines of other runs can come. The package starts no other
// goroutine.
//
// Start reading at New, which takes a Kind, and Text, its Writers and its State; Line; Filter and Hits of a search.
package text

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/internal/owndir"
)

// Line is a line of text, as the tool wrote it and not made safe for a terminal. A line of MaxLine bytes is continued in the next
// line of its run.
type Line struct {
	Number uint64 // from 1, without gaps
	Text   string
	Time   time.Time // when it came
	Run    int       // number of the run that wrote it
	Note   bool      // from the tool's standard error or from podtracer, not part of the output
}

// Shown is what a terminal shows of the line: the text after its last carriage return.
func (l Line) Shown() string {
	text := strings.TrimRight(l.Text, "\r")
	return text[strings.LastIndexByte(text, '\r')+1:]
}

// State is how far a text has come.
type State struct {
	First, Last uint64 // numbers of the oldest and the newest line; 0 if there is none
	Unfinished  uint64 // changes when the result of Text.Unfinished changes; 0 if every line has ended
	Ended       bool   // no more lines come; a set goes on if another run joins it
}

// MaxLine is the most bytes that a line has. A longer line becomes several lines, so that showing a few lines is always cheap.
const MaxLine = 8 << 10

// Text is a text that grows: the text of a run, or of all runs of a set.
type Text struct {
	log       log
	state     latest.Value[State]
	open      unfinished
	run       int               // number of the run; 0 for a set
	set       *Text             // the set that gets the lines of this run, too; nil: none
	match     func(text []byte) // called with every line of the output; may be nil
	all       bool              // text that was overwritten is kept
	continued []byte            // the last line of the output, if it is continued; only with match

	adding sync.Mutex // held while lines are added; that of a run is locked before that of its set
	newest int64      // when the last line came, in Unix nanoseconds
	going  int        // runs of a set that have not ended
	merge  merge      // used by a set only
}

// Kind says what a text is for.
type Kind struct {
	Dir   *owndir.Dir       // directory of its files; nil: keep all lines in memory
	Room  func() error      // returns an error if the disk is nearly full; nil: not checked
	Run   int               // number of the run; 0 for a set
	Set   *Text             // the set that gets the lines of this run, too; nil: none
	Match func(text []byte) // called with every line of the output, together with the line that it continues; may be nil
	All   bool              // keep text that was overwritten: the lines are passed on, and not only looked at
}

// New makes an empty text.
func New(kind Kind) *Text {
	return &Text{log: log{dir: kind.Dir, room: kind.Room}, run: kind.Run, set: kind.Set, match: kind.Match, all: kind.All}
}

// add adds lines that came now, and copies them.
func (l *Text) add(texts [][]byte, note bool) {
	if len(texts) == 0 {
		return
	}
	if l.match != nil && !note {
		l.matchEach(texts)
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

// matchEach matches lines, each that continues another one together with that, as what is looked for may stand in both.
func (l *Text) matchEach(texts [][]byte) {
	for _, text := range texts {
		whole := text
		if len(l.continued) > 0 {
			whole = append(l.continued, text...)
		}
		l.match(whole)
		if l.continued = l.continued[:0]; len(text) == MaxLine {
			l.continued = append(l.continued, text...)
		}
	}
}

// goOn adds the lines of a set that have waited long enough, or all of them, and sets a timer for the others. The caller holds
// adding.
func (l *Text) goOn(now int64, all bool) {
	due := l.merge.due(now, all)
	for len(due) > 0 { // in batches of one run
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

// append adds lines to this text alone. Whatever the clock does, a line's time is never before that of the line before, because
// lines are found by binary search.
func (l *Text) append(texts [][]byte, now int64, run int, note bool) {
	l.newest = max(l.newest, now)
	if err := l.log.append(texts, l.newest, run, note); err != nil {
		_ = l.log.append([][]byte{[]byte("podtracer: " + err.Error())}, l.newest, run, true) // append returns an error only once
	}
	l.publish(func(*State) {})
}

// publish lets others see how far the text has come.
func (l *Text) publish(change func(*State)) {
	l.state.Update(func(s State) State {
		s.First, s.Last = l.log.bounds()
		s.Unfinished = l.open.version()
		change(&s)
		return s
	})
}

// Note adds a line that podtracer itself says.
func (l *Text) Note(text string) { l.add([][]byte{[]byte(NotePrefix + text)}, true) }

// NotePrefix is how a line begins that podtracer itself says.
const NotePrefix = "podtracer: "

// Join says that a run joins a set, whose text then goes on until all of its runs have ended. room returns an error if the run's
// disk is nearly full.
func (l *Text) Join(room func() error) {
	l.adding.Lock()
	defer l.adding.Unlock()
	if l.going++; l.log.room == nil {
		l.log.room = room
	}
	l.publish(func(s *State) { s.Ended = false })
}

// Ahead says how far the times in the lines of this run are ahead of this machine's clock, from now on. The set puts the lines in the
// order of the times without that; the lines stay as they are.
func (l *Text) Ahead(by time.Duration) {
	if l.set == nil {
		return
	}
	l.set.adding.Lock()
	defer l.set.adding.Unlock()
	if l.set.merge.ahead == nil {
		l.set.merge.ahead = map[int]int64{}
	}
	l.set.merge.ahead[l.run] = int64(by)
}

// End says that no more lines come from the run, or from one run that joined the set.
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

// Close frees the disk space. After it, no lines can be read.
func (l *Text) Close() error { return l.log.close() }

// Count is how many lines have come.
func (l *Text) Count() uint64 {
	state, _ := l.state.Get()
	return state.Last
}

// Next waits until the state of the text differs from seen.
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
