// Package home brings home what podtracer has kept in a pod: runs that were left, and saved files. What it writes has its name only when
// all of it has arrived, as it is there.
//
// The door: Place, and Save.
package home

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// Save saves what is kept elsewhere: a file as it is, and a run as its -f would have. by makes the file of a run, whose output lies in the
// data directory meanwhile, without a name.
//
// Errors: those of agent.Away.Fetch; newfile.ErrExists; errors of the file system. After an error, nothing is left behind.
func Save(ctx context.Context, away *agent.Away, kept agent.Kept, to save.Target, dataDir string, by save.Maker) (save.File, error) {
	if kept.Record == nil {
		return saveFile(ctx, away, kept, to)
	}
	return saveRun(ctx, away, kept, to, dataDir, by)
}

// saveFile saves a file as it is, and reads it back.
func saveFile(ctx context.Context, away *agent.Away, kept agent.Kept, to save.Target) (save.File, error) {
	saved := save.File{Path: to.Path, Bytes: kept.Size}
	err := newfile.Write(to.Path, to.Overwrite, func(f *os.File) (err error) {
		written, read := crc32.New(castagnoli), crc32.New(castagnoli)
		if saved.SHA256, err = away.Fetch(ctx, kept, io.MultiWriter(&newfile.Eager{File: f}, written)); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		if _, err := io.CopyBuffer(read, io.NewSectionReader(f, 0, kept.Size), make([]byte, 1<<20)); err != nil {
			return err
		}
		if read.Sum32() != written.Sum32() {
			return fmt.Errorf("%s: what was read back differs from what was written", to.Path)
		}
		return nil
	})
	return saved, err
}

// castagnoli is for comparing with what was written, which is known to be right: the CPU has an instruction for it.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func saveRun(ctx context.Context, away *agent.Away, kept agent.Kept, to save.Target, dataDir string, by save.Maker) (saved save.File, err error) {
	dir, err := store.Begin(dataDir)
	if err != nil {
		return save.File{}, err
	}
	defer func() { err = errors.Join(err, dir.Close(nil)) }()
	f, err := dir.Session().Nameless()
	if err != nil {
		return save.File{}, err
	}
	defer f.Close()
	if _, err := away.Fetch(ctx, kept, f); err != nil {
		return save.File{}, err
	}
	var content spool.Content
	content.Add(f, 0, kept.Size)
	by.Streams = dir.Path()
	return save.Recording{Record: *kept.Record, Content: content, By: by}.Save(ctx, to)
}
