package detached

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Spawn starts a process that goes on when this one has ended, in a session of its own, and waits until it says Started on its standard
// output.
//
// Errors: those of the process.
func Spawn(argv []string, order []byte) (id string, err error) {
	c := exec.Command(argv[0], argv[1:]...)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := c.StdinPipe()
	if err != nil {
		return "", err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := c.Start(); err != nil {
		return "", fmt.Errorf("start a process for the run: %w", err)
	}
	_, err = in.Write(order)
	err = errors.Join(err, in.Close())
	said, readErr := bufio.NewReader(out).ReadBytes('\n')
	var started Started
	if json.Unmarshal(said, &started) != nil {
		if errors.Is(readErr, io.EOF) {
			readErr = nil
		}
		return "", errors.Join(errors.New("the process for the run has ended"), err, readErr, c.Wait())
	}
	if started.Error != "" {
		_ = c.Wait() // it has said why
		return "", hint.Add(errors.New(started.Error), started.Hint)
	}
	return started.ID, c.Process.Release()
}
