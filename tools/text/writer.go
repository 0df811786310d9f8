package text

import "bytes"

// Writer returns a writer that adds lines to the text. Each source of text has its own, so that their lines never mix.
func (l *Text) Writer(note bool) *Writer { return &Writer{text: l, note: note} }

// Writer splits text into lines. Its unfinished line is among the Unfinished of the text.
type Writer struct {
	text    *Text
	note    bool
	partial []byte
	whole   [][]byte // complete lines that are not yet added
}

// Write takes text in pieces of any size. It never fails.
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
	w.partial = append(w.partial[:0], rest...) // the old content has been copied
	return n, nil
}

// add adds the complete lines, and publishes the unfinished one with them.
func (w *Writer) add() {
	if len(w.whole) == 0 {
		w.text.tellOpen()
		return
	}
	w.text.add(w.whole, w.note)
	w.whole = w.whole[:0]
}

// shorten splits off lines of MaxLine bytes from the beginning of a longer one. Text that was overwritten is left out, unless all is
// wanted: it was a progress display.
func (w *Writer) shorten(text []byte) []byte {
	for len(text) > MaxLine { // one byte more than MaxLine may be a carriage return before the line end
		if over := bytes.LastIndexByte(text[:MaxLine], '\r') + 1; over > 0 && !w.text.all {
			text = text[over:]
			continue
		}
		w.whole, text = append(w.whole, text[:MaxLine]), text[MaxLine:]
	}
	return text
}

// take ends the unfinished line with rest. A line that is too long becomes several, the last of which may be empty.
func (w *Writer) take(rest []byte) {
	text := rest
	if len(w.partial) > 0 {
		text = append(w.partial, rest...)
		w.partial = nil // the complete line uses this memory until it is added
	}
	text = bytes.TrimSuffix(text, []byte{'\r'})
	if text = w.shorten(text); len(text) == MaxLine {
		w.whole, text = append(w.whole, text[:MaxLine]), text[MaxLine:]
	}
	w.whole = append(w.whole, text)
}

// Flush adds an unfinished last line.
func (w *Writer) Flush() {
	if len(w.partial) > 0 {
		w.take(nil)
		w.text.setOpen(w, nil)
		w.add()
	}
}
