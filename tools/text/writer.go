package text

import "bytes"

// Writer makes lines of what is written to it. Each source of text has one of its own, so that two never mix within a line.
func (l *Text) Writer(note bool) *Writer { return &Writer{text: l, note: note} }

// Writer takes text apart into lines.
type Writer struct {
	text    *Text
	note    bool
	partial []byte
	whole   [][]byte // lines that are not added yet
}

// Write takes text as it comes. It never fails.
func (w *Writer) Write(p []byte) (int, error) {
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

func (w *Writer) add() {
	w.text.add(w.whole, w.note)
	w.whole = w.whole[:0]
}

// take finishes the line that was begun. A line that is too long becomes several, the last of which may be empty.
func (w *Writer) take(rest []byte) {
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

// Flush adds a last line that has no end.
func (w *Writer) Flush() {
	if len(w.partial) > 0 {
		w.take(nil)
		w.add()
	}
}
