package tools

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
)

// Line is a piece of text to look at. Its text is as the tool wrote it, not made safe for a terminal.
type Line struct {
	Number uint64 // from 1, without gaps
	Text   string
	Time   time.Time // when it came
	Note   bool      // said by the tool on its standard error, or by podtracer, and not part of the output
}

// Chunk is some lines in a row.
type Chunk struct {
	Lines   []Line
	Next    uint64 // the number to ask after next
	Skipped uint64 // lines before these that are not kept any more
	End     bool   // no line comes after these
}

const (
	maxLine  = 64 << 10 // bytes; what is longer is cut into several lines
	maxKept  = 16 << 20 // bytes of text kept of a run; the oldest lines go first
	maxChunk = 4096     // lines
)

// lines keeps the newest lines of a run.
type lines struct {
	mu      sync.Mutex
	kept    []Line
	bytes   int
	last    uint64 // number of the newest line
	ended   bool
	changed latest.Value[struct{}]
	match   func(text string) // is told of every line of the output, unless it is nil
}

// writer takes text apart into lines. Each source of text has one of its own, so that two never mix within a line.
func (l *lines) writer(note bool) *lineWriter { return &lineWriter{lines: l, note: note} }

type lineWriter struct {
	lines   *lines
	note    bool
	partial []byte
}

// Write takes text as it comes. It never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	var whole []string
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			break
		}
		whole = append(whole, w.take(p[:end])...)
		p = p[end+1:]
	}
	w.partial = append(w.partial, p...)
	for len(w.partial) > maxLine+1 { // one more: it may be the carriage return of a line that is just short enough
		whole = append(whole, string(w.partial[:maxLine]))
		w.partial = append([]byte(nil), w.partial[maxLine:]...)
	}
	w.lines.add(whole, w.note)
	return n, nil
}

// take finishes the line that was begun. A line longer than maxLine becomes several.
func (w *lineWriter) take(rest []byte) []string {
	text := bytes.TrimSuffix(append(w.partial, rest...), []byte{'\r'})
	w.partial = w.partial[:0]
	var parts []string
	for len(text) > maxLine {
		parts, text = append(parts, string(text[:maxLine])), text[maxLine:]
	}
	return append(parts, string(text))
}

// flush adds a last line that has no end.
func (w *lineWriter) flush() {
	if len(w.partial) > 0 {
		w.lines.add(w.take(nil), w.note)
	}
}

func (l *lines) add(texts []string, note bool) {
	if len(texts) == 0 {
		return
	}
	if l.match != nil && !note {
		for _, text := range texts {
			l.match(text)
		}
	}
	now := time.Now()
	l.mu.Lock()
	for _, text := range texts {
		l.last++
		l.kept = append(l.kept, Line{Number: l.last, Text: text, Time: now, Note: note})
		l.bytes += len(text) + lineOverhead
	}
	drop := 0
	for l.bytes > maxKept {
		l.bytes -= len(l.kept[drop].Text) + lineOverhead
		l.kept[drop] = Line{} // lets go of the text
		drop++
	}
	l.kept = l.kept[drop:]
	l.mu.Unlock()
	l.changed.Set(struct{}{})
}

const lineOverhead = 72 // what a Line costs beside its text, in bytes

func (l *lines) end() {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.changed.Set(struct{}{})
}

func (l *lines) count() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// next waits for lines after a number, or for the end.
func (l *lines) next(ctx context.Context, after uint64) (Chunk, error) {
	for {
		_, version := l.changed.Get()
		if chunk, ok := l.after(after); ok {
			return chunk, nil
		}
		if _, _, err := l.changed.Next(ctx, version); err != nil {
			return Chunk{}, err
		}
	}
}

func (l *lines) after(after uint64) (Chunk, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.last - uint64(len(l.kept)) // number of the newest line that was let go
	chunk := Chunk{Next: l.last, End: l.ended}
	if after < first {
		chunk.Skipped = first - after
		after = first
	}
	if some := l.kept[min(after-first, uint64(len(l.kept))):]; len(some) > maxChunk {
		chunk.Lines = append(chunk.Lines, some[:maxChunk]...)
		chunk.Next, chunk.End = after+maxChunk, false
	} else {
		chunk.Lines = append(chunk.Lines, some...)
	}
	return chunk, len(chunk.Lines) > 0 || chunk.End
}
