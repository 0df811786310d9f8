package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fennec-project/podtracer/internal/latest"
)

// spool is the file behind a run: the bytes as the tool wrote them. One goroutine writes it; any number follow it, each at
// its own pace, and none of them ever makes the writer wait.
type spool struct {
	file  *os.File
	state latest.Value[spoolState]
}

type spoolState struct {
	size   int64
	closed bool  // no more will come
	err    error // the write that failed; what came before it is there
}

// newSpool makes a spool, readable by its owner only.
func newSpool(path string) (*spool, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make spool: %w", err)
	}
	return &spool{file: f}, nil
}

// Write appends. After an error nothing more is taken, so that the spool has no hole.
func (s *spool) Write(p []byte) (int, error) {
	now, _ := s.state.Get()
	if now.err != nil {
		return 0, now.err
	}
	n, err := s.file.Write(p)
	now.size += int64(n)
	if err != nil {
		now.err = fmt.Errorf("write spool: %w", err)
	}
	s.state.Set(now)
	return n, now.err
}

// finish says that no more will come: the followers come to an end.
func (s *spool) finish() {
	s.state.Update(func(now spoolState) spoolState {
		now.closed = true
		return now
	})
}

// remove lets go of the file and takes it off the disk.
func (s *spool) remove() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// failed returns the error of the write that failed, or nil.
func (s *spool) failed() error {
	now, _ := s.state.Get()
	return now.err
}

func (s *spool) size() int64 {
	now, _ := s.state.Get()
	return now.size
}

// follow reads the spool from its beginning and waits for more until it is finished. Read returns io.EOF then, and the
// context's error when that ends first.
func (s *spool) follow(ctx context.Context) io.Reader {
	var offset int64
	return readerFunc(func(p []byte) (int, error) {
		for {
			now, version := s.state.Get()
			if now.size > offset {
				n, err := s.file.ReadAt(p[:min(int64(len(p)), now.size-offset)], offset)
				offset += int64(n)
				return n, err
			}
			if now.closed {
				return 0, io.EOF
			}
			if _, _, err := s.state.Next(ctx, version); err != nil {
				return 0, err
			}
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
