//go:build unix

package tty

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
)

// displayOn opens a display on a new terminal. written returns what the display has written so far; tty is the terminal.
func displayOn(t *testing.T) (d *Display, written func() string, tty *os.File) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var text strings.Builder
	var reading sync.WaitGroup
	reading.Go(func() { // ends with the terminal
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			mu.Lock()
			text.Write(buffer[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	terminal := New(tty, tty, func() {})
	d = NewDisplay(terminal, nil)
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.run(ctx) })
	t.Cleanup(func() {
		end()
		running.Wait()
		tty.Close()
		reading.Wait()
		master.Close()
	})
	return d, func() string {
		time.Sleep(100 * time.Millisecond) // a few frames
		mu.Lock()
		defer mu.Unlock()
		defer text.Reset()
		return text.String()
	}, tty
}

func TestOnlyLinesThatChangeAreWrittenAndNothingAtRest(t *testing.T) {
	d, written, _ := displayOn(t)
	d.Show("one\ntwo\nthree", Size{20, 4})
	if got := written(); !strings.Contains(got, "\x1b[?1049h") || !strings.Contains(got, "one\x1b[K\x1b[2;1Htwo") || !strings.Contains(got, "\x1b[4;1H\x1b[J") {
		t.Errorf("first frame: %q", got)
	}
	d.Show("one\n2\nthree", Size{20, 4})
	if got := written(); got != "\x1b[2;1H2\x1b[K\x1b[3;1H" {
		t.Errorf("after one line changed: %q", got)
	}
	d.Show("one\n2\nthree", Size{20, 4})
	if got := written(); got != "" {
		t.Errorf("after nothing changed: %q", got)
	}
	d.Show("one", Size{20, 4})
	if got := written(); got != "\x1b[2;1H\x1b[J\x1b[H" {
		t.Errorf("with fewer lines: %q", got)
	}
	d.Show("one and more than fits", Size{8, 4})
	if got := written(); !strings.HasPrefix(got, "\x1b[Hone and ") || strings.Contains(got, "more") || strings.Contains(got, "\x1b[K") {
		t.Errorf("after the terminal became narrower: %q", got)
	}
}

func TestManyFramesAtOnceAreOneAndTheNewestIsDrawn(t *testing.T) {
	d, written, _ := displayOn(t)
	for i := range 1000 {
		d.Show(strings.Repeat("x", i+1), Size{2000, 1})
	}
	got := written()
	if frames := strings.Count(got, "\x1b[H"); frames > 8 {
		t.Errorf("%d frames in a tenth of a second", frames)
	}
	if !strings.Contains(got, strings.Repeat("x", 1000)) {
		t.Error("the newest frame is not on the screen")
	}
}

func TestTheTerminalIsGivenBackAsItWasAndGetsTheScreenAgain(t *testing.T) {
	d, written, tty := displayOn(t)
	d.SetMouse(true)
	d.Show("one", Size{20, 1})
	written()
	err := d.Without(func() error {
		if got := written(); !strings.HasPrefix(got, "\x1b[?1002l\x1b[?1006l") || !strings.HasSuffix(got, "\x1b[?1049l\x1b[?25h") {
			t.Errorf("giving back wrote %q", got)
		}
		if state, err := term.GetState(tty.Fd()); err != nil || state.Lflag == 0 {
			t.Errorf("the terminal is still raw: %v", err)
		}
		d.Show("two", Size{20, 1})
		if got := written(); got != "" {
			t.Errorf("drew on a terminal that it had given back: %q", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := written(); !strings.HasPrefix(got, "\x1b[?1049h") || !strings.Contains(got, "\x1b[?1002h\x1b[?1006h") || !strings.Contains(got, "two") {
		t.Errorf("taking again wrote %q", got)
	}
	d.close()
	d.close()
	if got := written(); strings.Count(got, "\x1b[?1049l") != 1 {
		t.Errorf("closed twice: %q", got)
	}
}

func TestATerminalThatIsTakenAgainShowsTheNewestScreenAtOnce(t *testing.T) {
	person, console, _ := screenAndKeys(t)
	d := NewDisplay(console, nil)
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	d.Show("older", Size{20, 1})
	d.draw(<-d.frames)
	d.Show("newer", Size{20, 1}) // waits until the next frame is due
	if err := d.Without(func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	readUntil(t, person, taking)
	readUntil(t, person, taking)
	if got := readUntil(t, person, "er"); !strings.HasSuffix(got, "newer") {
		t.Errorf("taking again wrote %q", got)
	}
}
