package transport

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
)

// Said is a line that a credential plugin said while it did not have the terminal.
type Said struct {
	At   time.Time
	Text string
}

// words are what a credential plugin writes to its standard error, made safe to print: they go to the terminal while the plugin has it. The
// last of them are kept: where a run of the plugin fails, they say why, and the terminal may not show them any more, or be a file.
type words struct {
	lines latest.Value[[]Said] // the newest lines, oldest first

	ear *os.File // the plugin writes to it

	mu       sync.Mutex
	terminal io.Writer // nil: the plugin does not have it
	said     bool
	kept     []byte        // since the plugin last gave credentials, or failed
	caught   chan struct{} // closed when everything before a mark has been read
}

const (
	mostWords = 4 << 10 // bytes kept
	mostLines = 50      // lines kept
	// Of what a plugin said that failed, so many lines and bytes are in the error.
	mostReasons   = 6
	longestReason = 1 << 10
	endOfTalk     = 0               // the mark, a byte that is in no text
	lateWords     = 1 * time.Second // limit for reading what was said before the mark
)

func listen(terminal io.Writer) (*words, error) {
	from, to, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("listen to the credential plugin: %w", err)
	}
	w := &words{ear: to, terminal: terminal}
	go w.hear(from) // ends with the process
	return w, nil
}

func (w *words) hear(from io.Reader) {
	buffer := make([]byte, mostWords)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		w.take(buffer[:n])
	}
}

func (w *words) take(text []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at := bytes.IndexByte(text, endOfTalk); at >= 0 && w.caught != nil {
		close(w.caught)
		w.caught = nil
	}
	text = bytes.ReplaceAll(text, []byte{endOfTalk}, nil)
	w.said = w.said || len(text) > 0
	w.kept = append(w.kept, text...)
	w.kept = w.kept[max(0, len(w.kept)-mostWords):]
	if w.terminal != nil {
		_, _ = w.terminal.Write(text) // an error means that nobody reads it
		return
	}
	w.log(string(text))
}

// forget forgets what was said: the plugin has not failed.
func (w *words) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = nil
}

// log keeps the lines of a text. Plugins write whole lines; an incomplete one becomes a line, too.
func (w *words) log(text string) {
	var came []Said
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			came = append(came, Said{time.Now(), line})
		}
	}
	if len(came) == 0 {
		return
	}
	w.lines.Update(func(old []Said) []Said {
		all := slices.Concat(old, came)
		return all[max(0, len(all)-mostLines):]
	})
}

func (w *words) leaveTerminal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.terminal = nil
}

// any says whether something was said.
func (w *words) any() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said
}

// last returns the last lines that an ended plugin said, each once, in one line: several requests may have run it at once.
func (w *words) last() string {
	w.mu.Lock()
	if w.caught == nil {
		w.caught = make(chan struct{})
	}
	caught := w.caught
	w.mu.Unlock()
	if _, err := w.ear.Write([]byte{endOfTalk}); err == nil {
		select {
		case <-caught:
		case <-time.After(lateWords):
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for line := range strings.Lines(string(w.kept)) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	w.kept = nil
	text := strings.Join(lines[max(0, len(lines)-mostReasons):], " / ")
	return strings.ToValidUTF8(text[max(0, len(text)-longestReason):], "") // the end says most
}
