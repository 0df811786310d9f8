// Package terminal is a person's terminal for tests and benchmarks: a program runs on it, keys are pressed, and what comes to the
// screen is awaited.
//
// Its door: Start and Open, the Terminal that they make, and Read for what a program writes into a pipe.
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

// Terminal is a terminal, and the program on it. It answers nothing, unless it is told to.
type Terminal struct {
	*Written
	Answers atomic.Bool  // it gives a sign of life when it is asked (DSR, CSI 5 n)
	Speed   atomic.Int64 // bytes a second that it takes; 0 for all there are

	keys  *os.File // the person's side
	cmd   *exec.Cmd
	gone  chan struct{} // closed when the program has ended
	state *os.ProcessState
}

// Start starts a program on a terminal of its own, as a session of its own, the way kubectl exec -it does.
func Start(cmd *exec.Cmd, columns, rows int) (*Terminal, error) {
	keys, err := pty.StartWithSize(cmd, size(columns, rows))
	if err != nil {
		return nil, err
	}
	t := open(keys)
	t.cmd, t.gone = cmd, make(chan struct{})
	go func() { // ends with the program
		_ = cmd.Wait() // its state says how it ended
		t.state = cmd.ProcessState
		close(t.gone)
	}()
	return t, nil
}

// Open opens a terminal for a console in this process, which gets its other side. Both are to be closed.
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

// some reads some of what the program writes; over a slow link, after the time that it takes.
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
		_, _ = t.keys.WriteString("\x1b[0n") // of a terminal that is gone nothing is read any more
	}
}

// Press presses keys, as the bytes that a terminal sends for them.
func (t *Terminal) Press(keys string) error {
	_, err := t.keys.WriteString(keys)
	return err
}

// Resize makes the terminal larger or smaller. The kernel tells its program.
func (t *Terminal) Resize(columns, rows int) error { return pty.Setsize(t.keys, size(columns, rows)) }

func size(columns, rows int) *pty.Winsize {
	return &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}
}

// Screen is what a terminal of this size shows.
func (t *Terminal) Screen(columns, rows int) string { return screenOf(t.Since(0), columns, rows) }

// Shows waits until the screen of a terminal of this size is as it should be: then wrong has nothing to say about it.
func (t *Terminal) Shows(atMost time.Duration, columns, rows int, wrong func(screen string) string) error {
	const look = 20 * time.Millisecond // drawing all anew for each piece would take long
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

// Pid is that of the program.
func (t *Terminal) Pid() int { return t.cmd.Process.Pid }

// Signal sends the program a signal.
func (t *Terminal) Signal(s os.Signal) error { return t.cmd.Process.Signal(s) }

// Wait waits until the program has ended and all that it wrote was read, and returns its exit status, which is -1 if a signal ended it.
func (t *Terminal) Wait(atMost time.Duration) (status int, err error) {
	const rest = time.Second // for what was written last, if something that goes on has the terminal, too
	select {
	case <-t.gone:
	case <-time.After(atMost):
		return 0, fmt.Errorf("it did not end within %v; on the terminal: %s", atMost, t.quoted(0))
	}
	select {
	case <-t.ended:
	case <-time.After(rest):
	}
	return t.state.ExitCode(), nil
}

// HangUp takes the terminal away. While it is read, and a program at rest writes nothing, it stays open.
func (t *Terminal) HangUp() { t.keys.Close() }

// Close takes the terminal away, and ends the program if it still runs.
func (t *Terminal) Close() {
	if t.cmd != nil {
		_ = t.cmd.Process.Kill() // fails only if it has ended
	}
	t.HangUp()
	<-t.ended
	if t.cmd != nil {
		<-t.gone
	}
}
