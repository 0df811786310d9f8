// Package terminal is a person's terminal for tests and benchmarks: it runs a program, presses keys, and waits for what appears
// on the screen.
//
// The door: Start and Open, which make a Terminal; Read, for a program that writes into a pipe.
package terminal

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/creack/pty"
)

// Terminal is a terminal and the program on it. It answers no questions, unless Answers is set.
type Terminal struct {
	*Written
	Answers atomic.Bool  // the terminal answers when it is asked for a sign of life (DSR, CSI 5 n)
	Speed   atomic.Int64 // bytes a second that the terminal takes; 0: as many as come

	keys  *os.File // the person's side
	cmd   *exec.Cmd
	gone  chan struct{} // closed when the program has ended
	state *os.ProcessState
}

// Start starts a program on a new terminal, as a new session, as kubectl exec -it does.
func Start(cmd *exec.Cmd, columns, rows int) (*Terminal, error) {
	keys, err := pty.StartWithSize(cmd, size(columns, rows))
	if err != nil {
		return nil, err
	}
	t := open(keys)
	t.cmd, t.gone = cmd, make(chan struct{})
	go func() { // ends with the program
		_ = cmd.Wait() // the program's state says how it ended
		t.state = cmd.ProcessState
		close(t.gone)
	}()
	return t, nil
}

// Open opens a terminal for a console in this process; console is the side of the console. Both are to be closed.
func Open(columns, rows int) (t *Terminal, console *os.File, err error) {
	keys, console, err := pty.Open()
	if err != nil {
		return nil, nil, err
	}
	t = open(keys)
	return t, console, t.Resize(columns, rows)
}

func open(keys *os.File) *Terminal {
	t := &Terminal{Written: newWritten(), keys: keys}
	go t.read(t.some, t.answer) // ends with the terminal
	return t
}

// some reads some of the program's output, and takes as long as the link's speed demands.
func (t *Terminal) some(buffer []byte) (int, error) {
	const aSecond = 20
	if speed := int(t.Speed.Load()); speed > 0 {
		time.Sleep(time.Second / aSecond)
		buffer = buffer[:min(max(1, speed/aSecond), len(buffer))]
	}
	return t.keys.Read(buffer)
}

func (t *Terminal) answer(text []byte) {
	if t.Answers.Load() && bytes.Contains(text, []byte("\x1b[5n")) {
		_, _ = t.keys.WriteString("\x1b[0n") // an error means that the terminal is gone
	}
}

// Press presses keys, given as the bytes that a terminal sends for them.
func (t *Terminal) Press(keys string) error {
	_, err := t.keys.WriteString(keys)
	return err
}

// Resize resizes the terminal. The kernel tells the program.
func (t *Terminal) Resize(columns, rows int) error { return pty.Setsize(t.keys, size(columns, rows)) }

func size(columns, rows int) *pty.Winsize {
	return &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}
}

// Screen is what a terminal of this size would show.
func (t *Terminal) Screen(columns, rows int) string { return screenOf(t.Since(0), columns, rows) }

// Shows waits until wrong returns "" for the screen of a terminal of this size.
func (t *Terminal) Shows(atMost time.Duration, columns, rows int, wrong func(screen string) string) error {
	const look = 20 * time.Millisecond // interpreting the whole output again for each piece would take long
	var screen, said string
	err := t.until(atMost, t.Len(), "the screen", func() bool {
		time.Sleep(look)
		screen = t.Screen(columns, rows)
		said = wrong(screen)
		return said == ""
	})
	if err != nil {
		return fmt.Errorf("%s:\n%s", said, screen)
	}
	return nil
}

// Sees waits until the screen of a terminal of this size shows all of these texts.
func (t *Terminal) Sees(atMost time.Duration, columns, rows int, texts ...string) error {
	return t.Shows(atMost, columns, rows, func(screen string) string {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return fmt.Sprintf("%q is not on the screen", text)
			}
		}
		return ""
	})
}

// Pid is the process id of the program.
func (t *Terminal) Pid() int { return t.cmd.Process.Pid }

// Signal sends the program a signal.
func (t *Terminal) Signal(s os.Signal) error { return t.cmd.Process.Signal(s) }

// Wait waits until the program has ended and its output has been read, and returns its exit status, or -1 if a signal ended it.
func (t *Terminal) Wait(atMost time.Duration) (status int, err error) {
	const rest = time.Second // for the last output, in case another process still has the terminal open
	select {
	case <-t.gone:
	case <-time.After(atMost):
		return 0, fmt.Errorf("the program did not end within %v; on the terminal: %s", atMost, t.quoted(0))
	}
	select {
	case <-t.ended:
	case <-time.After(rest):
	}
	return t.state.ExitCode(), nil
}

// HangUp closes the terminal. While a read is blocked, as with a program that writes nothing, the terminal stays open.
func (t *Terminal) HangUp() { t.keys.Close() }

// Close closes the terminal, and kills the program if it still runs.
func (t *Terminal) Close() {
	if t.cmd != nil {
		_ = t.cmd.Process.Kill() // fails only if the program has ended
	}
	t.HangUp()
	<-t.ended
	if t.cmd != nil {
		<-t.gone
	}
}
