package tty

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
)

// Recordings are asciicasts, version 2 (https://docs.asciinema.org/manual/asciicast/v2/): the first line is JSON with the size
// of the terminal; each further line is an event, with the seconds since the beginning.

// castHeader is the first line of a cast.
type castHeader struct {
	Version   int               `json:"version"`
	Width     int               `json:"width"`
	Height    int               `json:"height"`
	Timestamp int64             `json:"timestamp,omitempty"`
	Env       map[string]string `json:"env,omitempty"`
}

const mostRecorded = 256 << 20 // bytes of a recording: hours, even of a busy screen

var errRecordingFull = errors.New("it has reached 256 MiB")

// Recording writes what is on the screen to a file. It writes each event as a whole line, so that the file can be played up to
// the last event, however podtracer ends.
type Recording struct {
	file          *os.File
	place         *newfile.Place
	begun         time.Time
	width, height int
	bytes         int
}

// NewRecording starts a recording in a new file that only its owner can read, since the screen may show confidential data.
//
// Errors: that the file exists, with a hint; or why it cannot be made.
func NewRecording(path string) (*Recording, error) {
	place, err := newfile.Find(path)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	file, err := place.Create()
	if err != nil {
		place.Close()
	}
	switch {
	case errors.Is(err, os.ErrExist):
		return nil, hint.Add(fmt.Errorf("record %s: the file exists already", path), "choose another name")
	case err != nil:
		return nil, fmt.Errorf("record: %w", err)
	}
	return &Recording{file: file, place: place}, nil
}

// Path is the path of the recording.
func (r *Recording) Path() string { return r.file.Name() }

// add records what is written to a terminal of this size; 0x0 is a terminal that has not reported its size.
//
// Errors: that something could not be written, or that the recording is full; the recording has ended then.
func (r *Recording) add(width, height int, p []byte) error {
	if width <= 0 || height <= 0 {
		width, height = max(r.width, 80), max(r.height, 24)
	}
	var lines bytes.Buffer
	now := time.Now()
	switch {
	case r.begun.IsZero():
		r.begun = now
		writeLine(&lines, castHeader{Version: 2, Width: width, Height: height, Timestamp: now.Unix(), Env: map[string]string{"TERM": os.Getenv("TERM")}})
	case width != r.width || height != r.height:
		writeLine(&lines, []any{seconds(now.Sub(r.begun)), "r", fmt.Sprintf("%dx%d", width, height)})
	}
	r.width, r.height = width, height
	writeLine(&lines, []any{seconds(now.Sub(r.begun)), "o", string(p)})
	err := errRecordingFull
	if r.bytes+lines.Len() <= mostRecorded {
		if _, err = r.file.Write(lines.Bytes()); err != nil {
			_ = r.file.Truncate(int64(r.bytes)) // a partial line could not be played
		}
	}
	r.bytes += lines.Len()
	if err != nil {
		return fmt.Errorf("the recording %s has ended: %w", r.Path(), err)
	}
	return nil
}

// Close ends the recording, and removes the file if nothing was recorded because the console did not start.
func (r *Recording) Close() error {
	defer r.place.Close()
	err := r.file.Close()
	if r.begun.IsZero() {
		err = errors.Join(err, r.place.Remove())
	}
	return err
}

func seconds(d time.Duration) json.Number { return json.Number(fmt.Sprintf("%.6f", d.Seconds())) }

func writeLine(to *bytes.Buffer, v any) {
	lines := json.NewEncoder(to)
	lines.SetEscapeHTML(false)
	_ = lines.Encode(v) // cannot fail: it writes strings and numbers into memory
}

// Cast is a recording that is played.
type Cast struct {
	Width, Height int // the largest size that the terminal had
	lines         *bufio.Scanner
	line          int
}

// castEvent is one event of a cast.
type castEvent struct {
	at   time.Duration
	kind string
	data string
}

// A cast may come from anybody, so its demands are limited.
const (
	longestEvent = 4 << 20 // bytes
	largestSide  = 10_000  // cells
	longestCast  = 1e7     // seconds: four months
)

// OpenCast reads the header of a cast. It also reads the whole cast once, to find the largest size of the terminal.
//
// Errors: why the file is not a cast of version 2, with the number of the line.
func OpenCast(file io.ReadSeeker) (*Cast, error) {
	c, err := openCast(file)
	if err != nil {
		return nil, err
	}
	width, height := c.Width, c.Height
	for {
		e, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if e.kind == "r" {
			w, h, ok := readSize(e.data)
			if !ok {
				return nil, c.wrong("a terminal of an unknown size", nil)
			}
			width, height = max(width, w), max(height, h)
		}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the recording: %w", err)
	}
	c, err = openCast(file)
	if err == nil {
		c.Width, c.Height = width, height
	}
	return c, err
}

func openCast(file io.Reader) (*Cast, error) {
	c := &Cast{lines: bufio.NewScanner(file), line: 1}
	c.lines.Buffer(nil, longestEvent)
	if !c.lines.Scan() {
		return nil, c.wrong("it is empty, or no text", c.lines.Err())
	}
	var h castHeader
	if err := json.Unmarshal(c.lines.Bytes(), &h); err != nil {
		return nil, c.wrong("not the header of an asciicast", err)
	}
	switch {
	case h.Version != 2:
		return nil, hint.Add(c.wrong(fmt.Sprintf("an asciicast of version %d", h.Version), nil), "only version 2 can be played; asciinema convert makes one")
	case !isSide(h.Width) || !isSide(h.Height):
		return nil, c.wrong(fmt.Sprintf("a terminal of %dx%d", h.Width, h.Height), nil)
	}
	c.Width, c.Height = h.Width, h.Height
	return c, nil
}

// readSize reads a size such as 80x24.
func readSize(text string) (width, height int, ok bool) {
	w, h, _ := strings.Cut(text, "x")
	width, wrongWidth := strconv.Atoi(w)
	height, wrongHeight := strconv.Atoi(h)
	return width, height, wrongWidth == nil && wrongHeight == nil && isSide(width) && isSide(height)
}

func isSide(cells int) bool { return 0 < cells && cells <= largestSide }

// next returns the next event, or io.EOF at the end.
func (c *Cast) next() (castEvent, error) {
	line := []byte(nil)
	for len(line) == 0 {
		if !c.lines.Scan() {
			if err := c.lines.Err(); err != nil {
				return castEvent{}, c.wrong("cannot be read", err)
			}
			return castEvent{}, io.EOF
		}
		c.line++
		line = bytes.TrimSpace(c.lines.Bytes())
	}
	var fields []json.RawMessage
	var at float64
	var e castEvent
	err := json.Unmarshal(line, &fields)
	if err == nil && len(fields) != 3 {
		err = fmt.Errorf("%d fields in place of 3", len(fields))
	}
	for i, to := range []any{&at, &e.kind, &e.data} {
		if err == nil {
			err = json.Unmarshal(fields[i], to)
		}
	}
	if err == nil && (at < 0 || at > longestCast) {
		err = fmt.Errorf("a time of %v s", at)
	}
	if err != nil {
		return castEvent{}, c.wrong("not an event", err)
	}
	e.at = time.Duration(at * float64(time.Second))
	return e, nil
}

func (c *Cast) wrong(what string, err error) error {
	if err != nil {
		return fmt.Errorf("line %d: %s: %w", c.line, what, err)
	}
	return fmt.Errorf("line %d: %s", c.line, what)
}
