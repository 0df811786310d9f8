package text

import "bytes"

// Writer makes lines of what is written to it. Each source of text has one of its own, so that two never mix within a line.
func (l *Text) Writer(note bool) *Writer { return &Writer{text: l, note: note} }

// Writer takes text apart into lines. The one that has no end yet is among the Unfinished of the text.
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
	rest := w.shorten(w.partial)
	w.text.setOpen(w, rest)
	w.add()
	w.partial = append(w.partial[:0], rest...) // there are copies of what stood here
	return n, nil
}

// add adds the lines that are whole. What has no end is told with them.
func (w *Writer) add() {
	if len(w.whole) == 0 {
		w.text.tellOpen()
		return
	}
	w.text.add(w.whole, w.note)
	w.whole = w.whole[:0]
}

// shorten makes lines of the beginning of one that is too long, as long as it is. What was written over in it is left out: it is
// progress that was told.
func (w *Writer) shorten(text []byte) []byte {
	for len(text) > MaxLine { // one byte more than a whole line has: it may be its carriage return
		if over := bytes.LastIndexByte(text[:MaxLine], '\r') + 1; over > 0 {
			text = text[over:]
			continue
		}
		w.whole, text = append(w.whole, text[:MaxLine]), text[MaxLine:]
	}
	return text
}

// take finishes the line that was begun. A line that is too long becomes several, the last of which may be empty.
func (w *Writer) take(rest []byte) {
	text := rest
	if len(w.partial) > 0 {
		text = append(w.partial, rest...)
		w.partial = nil // the line lies there until it is added
	}
	text = bytes.TrimSuffix(text, []byte{'\r'})
	if text = w.shorten(text); len(text) == MaxLine {
		w.whole, text = append(w.whole, text[:MaxLine]), text[MaxLine:]
	}
	w.whole = append(w.whole, text)
}

// Flush adds a last line that has no end.
func (w *Writer) Flush() {
	if len(w.partial) > 0 {
		w.take(nil)
		w.text.setOpen(w, nil)
		w.add()
	}
}
