package tally

import (
	"bytes"
	"io"
	"strconv"
)

// Reader reads what a capturing tool writes to standard error. It learns from the counters, keeps answers to SIGUSR1 to itself, and
// passes on everything else.
type Reader struct {
	to      io.Writer
	backlog *Backlog
	learn   func(Told) // called when the tool has told something new
	told    Told
	partial []byte
	passing bool   // the line is too long to be about the capture: it is passed on as it comes
	held    []byte // the counters that the tool prints at its end, to be shown after its last packet
	wrote   int64
}

// NewReader returns a Reader that passes text on to a writer.
func NewReader(to io.Writer, backlog *Backlog, learn func(Told)) *Reader {
	return &Reader{to: to, backlog: backlog, learn: learn}
}

const longestLine = 4 << 10 // bytes of a line about the capture

// Write takes text in pieces of any size. It never fails.
func (r *Reader) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		piece, ends := p, false
		if end := bytes.IndexByte(p, '\n'); end >= 0 {
			piece, ends = p[:end+1], true
		}
		p = p[len(piece):]
		if r.passing = r.passing || len(r.partial)+len(piece) > longestLine; r.passing {
			_, _ = r.to.Write(append(r.partial, piece...)) // the reader may be gone, which must not stop a capture
			r.partial, r.passing = r.partial[:0], !ends
			continue
		}
		if r.partial = append(r.partial, piece...); ends {
			r.line(r.partial)
			r.partial = r.partial[:0]
		}
	}
	return n, nil
}

// Flush passes on a last line without a line end.
func (r *Reader) Flush() {
	if len(r.partial) > 0 {
		r.line(r.partial)
		r.partial = nil
	}
}

func (r *Reader) line(whole []byte) {
	line := behindProgress(whole)
	progress := whole[:len(whole)-len(line)]
	told := r.told
	told.read(line)
	changed := told != r.told
	if r.told = told; changed {
		r.backlog.listen(told.Device)
	}
	if sifts.Match(line) {
		r.backlog.sift()
	}
	answered := answer.FindSubmatch(line)
	if answered != nil { // before anybody learns of it, and asks again: it would be taken for the answer to that
		r.backlog.take(count{number(answered[1]), int64(told.Counters.Received) - int64(told.Counters.KernelDropped)})
	}
	if changed {
		r.learn(told)
	}
	if len(progress) > 0 {
		_, _ = r.to.Write(progress) // the reader may be gone, which must not stop a capture
	}
	switch {
	case answered != nil: // podtracer has asked
	case atEnd.Match(line):
		if m := wrote.FindSubmatch(line); m != nil {
			r.wrote = number(m[1])
		}
		r.held = append(r.held, line...)
	default:
		_, _ = r.to.Write(line) // the reader may be gone, which must not stop a capture
	}
}

// behindProgress is what of a line comes behind the number of packets that tcpdump -v tells again and again, each with a carriage return.
func behindProgress(line []byte) []byte {
	text := bytes.TrimRight(line, "\r\n")
	return line[bytes.LastIndexByte(text, '\r')+1:]
}

// number is 0 if the digits are too many.
func number(digits []byte) int64 {
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Release passes on the held lines, if there are any: on a terminal that is stuck, even an empty write would wait.
func (r *Reader) Release() {
	if len(r.held) > 0 {
		_, _ = r.to.Write(r.held) // the reader may be gone
	}
}

// Wrote is how many packets the tool said at its end to have captured; 0 if it did not say.
func (r *Reader) Wrote() int64 { return r.wrote }
