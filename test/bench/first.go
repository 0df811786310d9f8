package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
)

const (
	pingEvery = "0.01" // seconds: the pod always has a packet to show
	echo      = "ICMP echo"
	bound     = 20 * time.Second
)

// firstPacket measures from Enter in the form to the first packet on the screen, against a tcpdump started by hand.
func (b *bench) firstPacket() error {
	ping := exec.Command("nsenter", "-n", "-t", b.pid, "ping", "-q", "-i", pingEvery, b.peer)
	if err := ping.Start(); err != nil {
		return err
	}
	defer func() {
		_ = ping.Process.Kill()
		_ = ping.Wait()
	}()
	return b.compare("from Enter to the first packet on the screen", "podtracer, console on a terminal",
		"nsenter -n -t PID tcpdump -n -l --immediate-mode", "under 500 ms", b.consoleFirstPacket, b.bareFirstPacket)
}

func (b *bench) bareFirstPacket() (time.Duration, error) {
	begin := time.Now()
	cmd := exec.Command("nsenter", "-n", "-t", b.pid, "tcpdump", "-i", "eth0", "-n", "-l", "--immediate-mode", "icmp")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if !bufio.NewScanner(out).Scan() {
		return 0, errors.New("no packet came")
	}
	took := time.Since(begin)
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	return took, nil
}

func (b *bench) consoleFirstPacket() (time.Duration, error) {
	cmd := exec.Command(b.podtracer, "-n", b.namespace)
	cmd.Env = append(os.Environ(), "TERM=xterm")
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		return 0, err
	}
	defer func() { // the console ends with its terminal, and the tools with the console
		screen.Close()
		_ = cmd.Wait()
	}()
	seen := newWatcher(screen)
	if err := seen.until("● live"); err != nil {
		return 0, err
	}
	for _, step := range []struct{ keys, shows string }{
		{"/" + b.namespace + "/" + b.pod + " here\r", "1 of"}, {"\r", "will run"}, {"\t icmp", "icmp"},
	} {
		if _, err := screen.WriteString(step.keys); err != nil {
			return 0, err
		}
		if err := seen.until(step.shows); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	if _, err := screen.WriteString("\r"); err != nil {
		return 0, err
	}
	err = seen.until(echo)
	return time.Since(begin), err
}

// watcher reads a terminal and waits for texts on it.
type watcher struct {
	chunks chan []byte
	text   []byte
}

func newWatcher(screen *os.File) *watcher {
	w := &watcher{chunks: make(chan []byte, 1024)}
	go func() { // ends with the terminal
		defer close(w.chunks)
		for {
			buffer := make([]byte, 16<<10)
			n, err := screen.Read(buffer)
			if err != nil {
				return
			}
			w.chunks <- buffer[:n]
		}
	}()
	return w
}

// until waits until a text was written after the last one that was waited for.
func (w *watcher) until(text string) error {
	timeout := time.After(bound)
	for {
		if i := bytes.Index(w.text, []byte(text)); i >= 0 {
			w.text = w.text[i+len(text):]
			return nil
		}
		select {
		case chunk, ok := <-w.chunks:
			if !ok {
				return fmt.Errorf("the terminal closed before %q was on it", text)
			}
			w.text = append(w.text, chunk...)
		case <-timeout:
			return fmt.Errorf("%q did not appear; the screen: %s", text, strings.ToValidUTF8(string(w.text), "?"))
		}
	}
}
