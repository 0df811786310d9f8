package agent

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/pipe"
)

// Join connects a pair of streams to the agent behind a socket until one side ends. It waits some seconds for an agent that is
// still starting.
//
// Errors: no agent listens on the socket.
func Join(in io.Reader, out io.Writer, path string) error {
	socket, err := dial(path)
	if err != nil {
		return err
	}
	defer socket.Close()
	widen(out)
	done := make(chan struct{}, 2)
	go func() { // ends with in, at the latest with this process
		_, _ = io.Copy(socket, in) // an error means that one side has ended
		done <- struct{}{}
	}()
	go func() { // ends with the socket
		_, _ = io.Copy(out, socket)
		done <- struct{}{}
	}()
	<-done
	return nil
}

// widen gives standard output more room, if it is a pipe: whoever reads it then need not wait for podtracer after each piece.
func widen(out io.Writer) {
	if f, ok := out.(*os.File); ok {
		pipe.Enlarge(f, 1<<20)
	}
}

func dial(path string) (net.Conn, error) {
	const (
		patience = 5 * time.Second
		look     = 20 * time.Millisecond
	)
	for end := time.Now().Add(patience); ; time.Sleep(look) {
		c, err := net.Dial("unix", path)
		if err == nil {
			return c, nil
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("no agent listens: %w", err)
		}
	}
}

// pipes are two streams as a connection, for gRPC.
type pipes struct {
	in    io.ReadCloser
	out   io.WriteCloser
	close func()
	once  sync.Once
}

func (p *pipes) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p *pipes) Write(b []byte) (int, error) { return p.out.Write(b) }

// Close ends both streams.
func (p *pipes) Close() error {
	p.once.Do(p.close)
	return errors.Join(p.out.Close(), p.in.Close())
}

// LocalAddr and RemoteAddr name the kind of connection, since there is no address.
func (p *pipes) LocalAddr() net.Addr  { return noAddr{} }
func (p *pipes) RemoteAddr() net.Addr { return noAddr{} }

// SetDeadline and the others refuse: gRPC finds out with pings whether the other side answers.
func (p *pipes) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (p *pipes) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (p *pipes) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

type noAddr struct{}

func (noAddr) Network() string { return "exec" }
func (noAddr) String() string  { return "exec" }
