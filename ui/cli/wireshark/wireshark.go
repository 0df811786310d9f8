// Package wireshark shows a capture in the person's own Wireshark while it is made. The door: Start.
package wireshark

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Window is a Wireshark that reads packets from a pipe. It is the person's: it stays open after the capture.
type Window struct {
	Packets *os.File // where packets are written to, as pcap
	process *exec.Cmd
	ended   chan struct{}
	err     error // how it ended
	said    tail  // its standard error
}

// Start opens a Wireshark that shows packets at once.
//
// Errors: there is no Wireshark, with a hint; it cannot be started.
func Start() (*Window, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start Wireshark: %w", err)
	}
	defer read.Close()
	w := &Window{Packets: write, process: exec.Command(path, "-k", "-i", "-"), ended: make(chan struct{})}
	w.process.Stdin, w.process.Stderr = read, &w.said
	leaveAlone(w.process)
	if err := w.process.Start(); err != nil {
		write.Close()
		return nil, fmt.Errorf("start Wireshark: %w", err)
	}
	go func() { // ends with Wireshark, or with the process
		defer close(w.ended)
		w.err = w.process.Wait()
	}()
	return w, nil
}

// Close tells Wireshark that no more packets come. It returns an error if Wireshark has failed by then.
func (w *Window) Close() error {
	_ = w.Packets.Close() // what was written is in the pipe
	select {
	case <-w.ended:
	default:
		return nil
	}
	if w.err == nil {
		return nil
	}
	return hint.Add(fmt.Errorf("--wireshark: Wireshark failed (%w): %s", w.err, w.said.last()), "does it open by itself, with: wireshark ?")
}

// find returns where Wireshark is: in $PATH, or where its installers put it.
func find() (string, error) {
	if path, err := exec.LookPath("wireshark"); err == nil {
		return path, nil
	}
	for _, path := range []string{
		"/Applications/Wireshark.app/Contents/MacOS/Wireshark",
		filepath.Join(os.Getenv("ProgramFiles"), "Wireshark", "Wireshark.exe"),
	} {
		if !filepath.IsAbs(path) { // without ProgramFiles it would be looked for in the working directory, where anybody may have put it
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", hint.Add(errors.New("--wireshark: there is no Wireshark on this machine"),
		"install it here, run podtracer where it is, or save the packets with -f NAME.pcapng")
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const mostKept = 4 << 10 // bytes

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-mostKept):]
	return len(p), nil
}

// last is the last line that is not empty.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
