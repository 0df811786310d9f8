package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// What a machine that loses its power may take with it of a run: what came in the last second, or the last 16 MiB.
const (
	syncEvery = time.Second
	syncBytes = 16 << 20
)

// syncer brings what comes to a spool to the disk (fsync(2)). It keeps nobody waiting: the tool goes on meanwhile.
type syncer struct {
	dir   *dataDir
	spool *spool
	came  chan struct{} // something did since the last look
	bytes atomic.Int64  // that came since the spool was synced
	named bool          // the names of label, spool and session are on the disk
}

func newSyncer(dir *dataDir, s *spool) *syncer {
	return &syncer{dir: dir, spool: s, came: make(chan struct{}, 1)}
}

// note takes note of bytes that came.
func (s *syncer) note(bytes int) {
	if bytes <= 0 {
		return
	}
	s.bytes.Add(int64(bytes))
	select {
	case s.came <- struct{}{}:
	default: // it knows
	}
}

// keep syncs the spool until ctx ends, or the run has ended and all is synced.
//
// Errors: the disk could not be written to.
func (s *syncer) keep(ctx context.Context, ended <-chan struct{}) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.came:
			s.await(ctx, ended)
		case <-ended:
			if s.bytes.Load() == 0 {
				return nil
			}
		}
		if ctx.Err() != nil {
			return nil // what is wanted is synced where it is left, or saved
		}
		if err := s.sync(); err != nil {
			return err
		}
	}
}

// await waits until it is time to sync what has come.
func (s *syncer) await(ctx context.Context, ended <-chan struct{}) {
	due := time.NewTimer(syncEvery)
	defer due.Stop()
	for s.bytes.Load() < syncBytes {
		select {
		case <-s.came:
		case <-due.C:
			return
		case <-ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// sync brings what is there by now to the disk.
func (s *syncer) sync() error {
	s.bytes.Store(0)
	err := s.spool.sync()
	if !s.named {
		s.named = true
		err = errors.Join(err, syncFile(s.spool.dir, labelOf(s.spool.name)), worth(s.dir.syncNames()))
	}
	if err != nil {
		return fmt.Errorf("bring the spool to the disk: %w", err)
	}
	return nil
}

// sync brings the files of the spool to the disk, and their names.
func (s *spool) sync() error {
	s.mu.Lock()
	segments, named := slices.Clone(s.segments), s.named
	s.named = true
	s.mu.Unlock()
	var errs []error
	for i, g := range segments {
		if g.settled.Load() {
			continue
		}
		errs = append(errs, worth(g.file.Sync()))
		if i+1 < len(segments) { // nothing more comes to it
			g.settled.Store(true)
		}
	}
	if !named {
		errs = append(errs, worth(s.dir.Sync()))
	}
	return errors.Join(errs...)
}

func syncFile(dir *owndir.Dir, name string) error {
	f, err := dir.OpenFile(name, unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	return worth(f.Sync())
}

// worth leaves out what is no failure of a disk: file systems that cannot sync, and a file that has left the ring.
func worth(err error) error {
	for _, harmless := range []error{unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP, unix.EROFS, os.ErrClosed} {
		if errors.Is(err, harmless) {
			return nil
		}
	}
	return err
}
