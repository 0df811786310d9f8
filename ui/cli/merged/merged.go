// Package merged is how the output of several pods becomes one: the lines of a set, in the order of their times, each behind the label
// of its pod, as kubectl logs --prefix has them. What is lossy: what text keeps no longer because standard output is too slow, and Copy
// counts that. A carriage return at the end of a line is left out.
//
// It starts no goroutine. Start reading at Copy, for standard output, and Lines, for standard error; Label; FileName.
package merged

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/cells"
)

// Label is what stands before the lines of a pod: [pod/web-0], or with its namespace [shop/pod/web-0]. What is in the brackets is what
// --pod takes.
func Label(p k8s.Pod, withNamespace bool) string {
	if withNamespace {
		return "[" + p.Namespace + "/pod/" + p.Name + "] "
	}
	return "[pod/" + p.Name + "] "
}

// FileName is the name of a pod's own file: x.pcapng becomes x_shop_web-0.pcapng. No name in Kubernetes contains an underscore or a
// slash, so two pods never have the same, and none is in another directory. n counts the pods of the same name, from 1.
func FileName(path string, p k8s.Pod, n int) string {
	extension := filepath.Ext(path)
	if extension == filepath.Base(path) { // .hidden
		extension = ""
	}
	name := strings.TrimSuffix(path, extension) + "_" + p.Namespace + "_" + p.Name
	if n > 1 {
		name += fmt.Sprintf("_%d", n)
	}
	return name + extension
}

// Runs is where the lines come from.
type Runs interface {
	Text(ctx context.Context, id tools.TextID, seen text.State) (text.State, error)
	Lines(ctx context.Context, id tools.TextID, numbers []uint64) ([]text.Line, error)
}

// Output is where lines go.
type Output struct {
	Out, Notes io.Writer            // lines of the output, and of what stands beside it
	Label      func(run int) string // of a run
	Terminal   bool                 // Out is a terminal: lines are made safe for it
}

// atOnce is how many lines are read at once.
const atOnce = 1000

// Copy writes the lines of a set as they come, until ctx ends: from then on no more come, and Copy writes what is left. It returns how
// many lines are missing because they were dropped before they were written.
//
// Errors: those of Out, and of a disk that cannot be read.
func Copy(ctx context.Context, runs Runs, set tools.SetID, to Output) (missing uint64, err error) {
	c := copier{runs: runs, id: tools.TextID{Set: set}, to: to, begun: map[int][]byte{}, out: bufio.NewWriterSize(to.Out, 64<<10)}
	whole := context.WithoutCancel(ctx)
	var seen text.State
	for more := true; more; {
		now, err := runs.Text(ctx, c.id, seen)
		if more = err == nil; !more { // nothing comes any more
			if now, err = runs.Text(whole, c.id, text.State{First: math.MaxUint64}); err != nil {
				return c.missing, err
			}
		}
		seen = now
		if err := c.upTo(whole, now); err != nil {
			return c.missing, err
		}
	}
	return c.missing, c.finish()
}

// copier writes the lines of a set.
type copier struct {
	runs    Runs
	id      tools.TextID
	to      Output
	out     *bufio.Writer
	last    uint64         // number of the last line that was written
	missing uint64         // lines
	begun   map[int][]byte // of each run, a line that is continued in its next line
}

// upTo writes the lines up to the newest.
func (c *copier) upTo(ctx context.Context, now text.State) error {
	for c.last < now.Last {
		var numbers []uint64
		for n := c.last + 1; n <= min(now.Last, c.last+atOnce); n++ {
			numbers = append(numbers, n)
		}
		lines, err := c.runs.Lines(ctx, c.id, numbers)
		if err != nil {
			return err
		}
		c.last = numbers[len(numbers)-1]
		c.missing += uint64(len(numbers) - len(lines))
		for _, line := range lines {
			if err := c.write(line); err != nil {
				return err
			}
		}
	}
	return c.out.Flush()
}

// longest is how long a line becomes by putting its parts together, in bytes; a longer one is written as several.
const longest = 1 << 20

func (c *copier) write(line text.Line) error {
	if line.Note {
		_, _ = fmt.Fprintln(c.to.Notes, line.Text) // nobody can be told that telling failed
		return nil
	}
	if begun := c.begun[line.Run]; len(begun) > 0 || len(line.Text) == text.MaxLine {
		begun = append(begun, line.Text...)
		if len(line.Text) == text.MaxLine && len(begun) < longest {
			c.begun[line.Run] = begun
			return nil
		}
		line.Text = string(begun)
		delete(c.begun, line.Run)
	}
	return c.put(line.Run, line.Text)
}

func (c *copier) put(run int, text string) error {
	if c.to.Terminal {
		text = cells.Clean(colours.ReplaceAllString(text, ""))
	}
	_, err := c.out.WriteString(c.to.Label(run) + text + "\n")
	return err
}

// colours are the escape sequences that only change how text looks.
var colours = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// finish writes lines whose end never came.
func (c *copier) finish() error {
	for run, text := range c.begun {
		if err := c.put(run, string(text)); err != nil {
			return err
		}
	}
	return c.out.Flush()
}

// Lines writes the standard error of a tool line by line, each behind a label, and each whole: several may write to the same place.
type Lines struct {
	To       io.Writer
	Turn     *sync.Mutex // held while a line is written
	Label    string
	Terminal bool // lines are made safe for it

	partial []byte
}

// Write takes text in pieces of any size, and writes the lines that are complete. It never fails.
func (l *Lines) Write(p []byte) (int, error) {
	l.Turn.Lock()
	defer l.Turn.Unlock()
	n := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			break
		}
		l.put(string(append(l.partial, p[:end]...)))
		l.partial, p = l.partial[:0], p[end+1:]
	}
	if l.partial = append(l.partial, p...); len(l.partial) >= longest {
		l.put(string(l.partial))
		l.partial = l.partial[:0]
	}
	return n, nil
}

// Flush writes a last line without an end.
func (l *Lines) Flush() {
	l.Turn.Lock()
	defer l.Turn.Unlock()
	if len(l.partial) > 0 {
		l.put(string(l.partial))
		l.partial = l.partial[:0]
	}
}

func (l *Lines) put(line string) {
	line = strings.TrimSuffix(line, "\r")
	if l.Terminal {
		line = cells.Clean(colours.ReplaceAllString(line, ""))
	}
	_, _ = io.WriteString(l.To, l.Label+line+"\n") // nobody can be told that telling failed
}
