package tools

import (
	"bytes"
	"context"
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

// TextState is how far a text goes.
type TextState struct {
	First, Last uint64 // numbers of the oldest line that is kept and of the newest; 0 when there is none
	Ended       bool   // no more lines come; of a set, unless another run joins it
}

// MaxLine is how many bytes a line has at the most. What is longer becomes several lines: whoever looks at some lines has
// little to do.
const MaxLine = 8 << 10

// lines is a text that grows: that of a run, or of all runs of a set.
type lines struct {
	log   textLog
	state latest.Value[TextState]
	run   int               // its number; 0 for a set
	set   *lines            // gets the lines of this run as well; nil if it is in no set
	match func(text []byte) // is told of every line of the output, unless it is nil

	adding sync.Mutex // held by who adds lines; that of a run before that of its set
	newest int64      // when the last line came, in Unix nanoseconds
	going  int        // runs of a set that have not ended
	merge  merge      // of a set
}

// textKind says what a text is for.
type textKind struct {
	Dir   *owndir.Dir       // where its files are made; nil keeps all in memory
	Room  func() error      // says that the disk is nearly full; nil if nobody asks
	Run   int               // the number of the run that it is of; 0 for a set
	Set   *lines            // gets the lines of this run as well; nil if it is in no set
	Match func(text []byte) // is told of every line of the output, unless it is nil
}

// newText makes a text without lines.
func newText(kind textKind) *lines {
	return &lines{log: textLog{dir: kind.Dir, room: kind.Room}, run: kind.Run, set: kind.Set, match: kind.Match}
}

// add takes lines that come now, and copies them.
func (l *lines) add(texts [][]byte, note bool) {
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
func (l *lines) goOn(now int64, all bool) {
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
// looked for by halves.
func (l *lines) append(texts [][]byte, now int64, run int, note bool) {
	l.newest = max(l.newest, now)
	if err := l.log.append(texts, l.newest, run, note); err != nil {
		_ = l.log.append([][]byte{[]byte("podtracer: " + err.Error())}, l.newest, run, true) // it is told once
	}
	l.publish(func(*TextState) {})
}

// publish lets others see how far the text goes.
func (l *lines) publish(change func(*TextState)) {
	l.state.Update(func(s TextState) TextState {
		s.First, s.Last = l.log.bounds()
		change(&s)
		return s
	})
}

// note adds a line of podtracer's own.
func (l *lines) note(text string) { l.add([][]byte{[]byte("podtracer: " + text)}, true) }

// Join says that the lines of a run come, too: the text of a set goes on until all of its runs have ended. room says that the
// run's disk is nearly full.
func (l *lines) Join(room func() error) {
	l.adding.Lock()
	defer l.adding.Unlock()
	if l.going++; l.log.room == nil {
		l.log.room = room
	}
	l.publish(func(s *TextState) { s.Ended = false })
}

// end says that no more lines come, of the run or of one that joined the set.
func (l *lines) end() {
	l.adding.Lock()
	defer l.adding.Unlock()
	if l.going--; l.going <= 0 {
		l.goOn(time.Now().UnixNano(), true)
	}
	l.publish(func(s *TextState) { s.Ended = l.going <= 0 })
	if l.set != nil {
		l.set.end()
	}
}

// Close gives the disk back. What is read after it is gone.
func (l *lines) Close() error { return l.log.close() }

// count is how many lines have come.
func (l *lines) count() uint64 {
	state, _ := l.state.Get()
	return state.Last
}

// Next waits until the text differs from what was seen.
func (l *lines) Next(ctx context.Context, seen TextState) (TextState, error) {
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

// writer takes text apart into lines. Each source of text has one of its own, so that two never mix within a line.
func (l *lines) writer(note bool) *lineWriter { return &lineWriter{lines: l, note: note} }

// lineWriter makes lines of what is written to it.
type lineWriter struct {
	lines   *lines
	note    bool
	partial []byte
	whole   [][]byte // lines that are not added yet
}

// Write takes text as it comes. It never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			break
		}
		w.take(p[:end])
		p = p[end+1:]
	}
	w.partial = append(w.partial, p...)
	rest := w.partial
	for len(rest) > MaxLine { // one byte more than a whole line has: it may be its carriage return
		w.whole, rest = append(w.whole, rest[:MaxLine]), rest[MaxLine:]
	}
	w.add()
	w.partial = append(w.partial[:0], rest...) // there are copies of what stood here
	return n, nil
}

func (w *lineWriter) add() {
	w.lines.add(w.whole, w.note)
	w.whole = w.whole[:0]
}

// take finishes the line that was begun. A line that is too long becomes several, the last of which may be empty.
func (w *lineWriter) take(rest []byte) {
	text := rest
	if len(w.partial) > 0 {
		text = append(w.partial, rest...)
		w.partial = nil // the line lies there until it is added
	}
	text = bytes.TrimSuffix(text, []byte{'\r'})
	for len(text) >= MaxLine {
		w.whole, text = append(w.whole, text[:MaxLine]), text[MaxLine:]
	}
	w.whole = append(w.whole, text)
}

// flush adds a last line that has no end.
func (w *lineWriter) flush() {
	if len(w.partial) > 0 {
		w.take(nil)
		w.add()
	}
}
