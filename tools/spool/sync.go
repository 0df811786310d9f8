package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// What a power loss may take of a run: the output of the last second, or the last 16 MiB.
const (
	syncEvery = time.Second
	syncBytes = 16 << 20
)

// syncer syncs the spool to the disk (fsync(2)) while the tool goes on writing.
type syncer struct {
	spool *File
	names func() error  // syncs the names of the directories above the spool's file
	came  chan struct{} // has an element if bytes came since the last look
	bytes atomic.Int64  // bytes that came since the last sync

	mu    sync.Mutex // guards named, and lets a Sync end only when those before it have
	named bool       // these names have been synced
}

func newSyncer(s *File, names func() error) *syncer {
	return &syncer{spool: s, names: names, came: make(chan struct{}, 1)}
}

// note counts bytes that came.
func (s *syncer) note(bytes int) {
	if bytes <= 0 {
		return
	}
	s.bytes.Add(int64(bytes))
	select {
	case s.came <- struct{}{}:
	default: // keep has already been woken
	}
}

// KeepSynced syncs what comes until ctx ends, or until the run has ended and everything is synced.
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
			return nil // what is still wanted then is synced when it is left in the store, or saved
		}
		if err := s.spool.Sync(); err != nil {
			return err
		}
	}
}

// await waits until it is time for the next sync.
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

// Sync syncs what is in the spool now.
func (s *File) Sync() error {
	s.syncer.mu.Lock()
	defer s.syncer.mu.Unlock()
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

// syncFiles syncs the files of the spool, and their names.
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
		if i+1 < len(segments) { // complete: nothing more comes to this segment
			g.settled.Store(true)
		}
	}
	if !named {
		errs = append(errs, SyncFailure(s.dir.Sync()))
	}
	return errors.Join(errs...)
}

// SyncFailure returns nil for errors that are no failure of a disk: a file system that cannot sync, a file that has left the ring.
func SyncFailure(err error) error {
	for _, harmless := range []error{syscall.EINVAL, syscall.ENOSYS, syscall.EOPNOTSUPP, syscall.EROFS, os.ErrClosed} {
		if errors.Is(err, harmless) {
			return nil
		}
	}
	return err
}
