package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// What a machine that loses its power may take with it of a run: what came in the last second, or the last 16 MiB.
const (
	syncEvery = time.Second
	syncBytes = 16 << 20
)

// syncer brings what comes to a spool to the disk (fsync(2)). It keeps nobody waiting: the tool goes on meanwhile.
type syncer struct {
	spool *File
	names func() error  // that are above the spool's own
	came  chan struct{} // something did since the last look
	bytes atomic.Int64  // that came since the spool was synced
	named bool          // these names are on the disk
}

func newSyncer(s *File, names func() error) *syncer {
	return &syncer{spool: s, names: names, came: make(chan struct{}, 1)}
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

// KeepSynced brings to the disk what comes, until ctx ends, or the run has ended and all is there.
//
// Errors: the disk could not be written to.
func (s *File) KeepSynced(ctx context.Context, ended <-chan struct{}) error {
	return s.syncer.keep(ctx, ended)
}

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
		if err := s.spool.Sync(); err != nil {
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

// Sync brings what is there by now to the disk.
func (s *File) Sync() error {
	s.syncer.bytes.Store(0)
	err := s.syncFiles()
	if !s.syncer.named && s.syncer.names != nil {
		s.syncer.named = true
		err = errors.Join(err, s.syncer.names())
	}
	if err != nil {
		return fmt.Errorf("bring the spool to the disk: %w", err)
	}
	return nil
}

// syncFiles brings the files of the spool to the disk, and their names.
func (s *File) syncFiles() error {
	s.mu.Lock()
	segments, named := slices.Clone(s.segments), s.named
	s.named = true
	s.mu.Unlock()
	var errs []error
	for i, g := range segments {
		if g.settled.Load() {
			continue
		}
		errs = append(errs, SyncFailure(g.file.Sync()))
		if i+1 < len(segments) { // nothing more comes to it
			g.settled.Store(true)
		}
	}
	if !named {
		errs = append(errs, SyncFailure(s.dir.Sync()))
	}
	return errors.Join(errs...)
}

// SyncFailure leaves out what is no failure of a disk: file systems that cannot sync, and a file that has left the ring.
func SyncFailure(err error) error {
	for _, harmless := range []error{syscall.EINVAL, syscall.ENOSYS, syscall.EOPNOTSUPP, syscall.EROFS, os.ErrClosed} {
		if errors.Is(err, harmless) {
			return nil
		}
	}
	return err
}
