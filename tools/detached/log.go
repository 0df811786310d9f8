package detached

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/internal/pause"
)

// Log is the directory of a run, held by its podtracer.
type Log struct {
	dir     *owndir.Dir
	Words   *os.File // for what the tool, and podtracer, say
	reached *os.File
}

// Begin makes the directory of a run.
func Begin(root string, a About) (*Log, error) {
	all, err := open(root, true)
	if err != nil {
		return nil, err
	}
	defer all.Close()
	dir, err := all.Mkdir(a.ID)
	if err != nil {
		return nil, err
	}
	l := &Log{dir: dir}
	if err := dir.Lock(); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	l.Words, err = dir.Create(wordsName)
	if err == nil {
		l.reached, err = dir.Create(reachedName)
	}
	if err == nil {
		err = l.reserve()
	}
	if err == nil {
		err = errors.Join(l.Reach(0), l.Tell(a))
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return l, nil
}

// lastWords are bytes of the disk for what is said at the end, when the run may have filled it.
const lastWords = 16 << 10

// reserve takes the room for the last words.
func (l *Log) reserve() error {
	room, err := l.dir.Create(roomName)
	if err != nil {
		return err
	}
	_, err = room.Write(make([]byte, lastWords))
	return errors.Join(err, room.Close())
}

// MakeRoom gives the room for the last words back.
func (l *Log) MakeRoom() { _ = l.dir.Remove(roomName) } // without it there may still be enough

// Tell says how far the run has come.
func (l *Log) Tell(a About) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return l.dir.Replace(aboutName, text)
}

// Reach says how many bytes of the spool are the output.
func (l *Log) Reach(n int64) error {
	_, err := l.reached.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(n)), 0)
	return err
}

// Stopped says whether somebody has asked for the end of the run.
func (l *Log) Stopped() bool {
	_, err := l.dir.Size(stopName)
	return err == nil
}

// Gone says whether somebody has removed the directory.
func (l *Log) Gone() bool {
	_, err := l.dir.Size(aboutName)
	return errors.Is(err, fs.ErrNotExist) // not, if it only cannot be looked at
}

// End says how the run has ended, and stays until the run has been forgotten or linger is over. On a disk that is full it says so when there
// is room again, for which it stays for an hour at least: until then nobody can know that the run has ended well. tried
// is called when that has been tried. What was said is on the disk before that, with its length: a loss of power between the two would leave a
// run that has ended well, and none of its words.
func (l *Log) End(ctx context.Context, a About, linger time.Duration, tried func()) error {
	l.MakeRoom()
	a.Said, _ = l.said() // what cannot be looked at is not promised
	err := errors.Join(l.Words.Sync(), l.reached.Sync(), l.Tell(a))
	tried()
	began, most := time.Now(), linger
	if err != nil {
		most = max(most, roomTime)
	}
	for ctx.Err() == nil && time.Since(began) < most {
		if err != nil {
			if err = l.Tell(a); err == nil {
				most = linger
			}
		} else if l.Gone() {
			break
		}
		pause.For(ctx, lookAtEnd)
	}
	return err
}

// said is how many bytes were said.
func (l *Log) said() (int64, error) {
	info, err := l.Words.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

const (
	roomTime  = time.Hour
	lookAtEnd = time.Second
)

// Heard is what the tool says beside its output. It never fails: the run is worth more than that.
type Heard struct {
	to     io.Writer
	mu     sync.Mutex
	left   int64
	missed int64
}

// mostHeard is how much of what the tool says is kept: nothing else keeps it from filling the disk.
const mostHeard = 256 << 20 // bytes

// Hear returns where the tool may say something.
func (l *Log) Hear() *Heard { return &Heard{to: l.Words, left: mostHeard} }

// Write keeps what there is room for. After a gap nothing is kept, so that what is kept has none.
func (h *Heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n, err := h.to.Write(p[:min(int64(len(p)), h.left)])
	if h.left -= int64(n); err != nil {
		h.left = 0
	}
	h.missed += int64(len(p) - n)
	return len(p), nil
}

// Missed is how many bytes were not kept.
func (h *Heard) Missed() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.missed
}

// Close lets the directory go, which stays for those who attach.
func (l *Log) Close() error { return errors.Join(l.Words.Close(), l.reached.Close(), l.dir.Close()) }
