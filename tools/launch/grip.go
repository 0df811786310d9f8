package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/guard"
	"github.com/fennec-project/podtracer/internal/pipe"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/clock"
)

// Grip is what holds a running command of this node. A process that has its files goes on with the command when this one lets go.
type Grip struct {
	Held  Held
	Files []*os.File // the control connection of the guard, the terminal, and standard output if Held.Apart
	// Gone waits until nothing is left of a command that nobody has gone on with, but not for ever, and says whether nothing is left.
	Gone func() bool
}

// Held says what the files of a Grip hold.
type Held struct {
	Pid, Guard int
	Apart      bool // standard output is a file of its own
	Direct     bool // the command writes its standard output into a file of podtracer's
}

func (e *ends) grip(p *guard.Process) *Grip {
	g := &Grip{Held: Held{Pid: p.Pid(), Guard: p.GuardPid(), Apart: e.out != nil, Direct: e.direct}, Gone: p.Gone, Files: []*os.File{p.Control(), e.ours[0]}}
	if e.out != nil {
		g.Files = append(g.Files, e.out)
	}
	return g
}

// release stops copying. What was read has reached the streams; the rest is for the process that goes on.
func (e *ends) release() {
	e.letGo.Store(true)
	for _, f := range e.ours {
		_ = f.SetReadDeadline(time.Now()) // a pipe and a terminal have deadlines, so it cannot fail
	}
	e.copies.Wait()
}

// Taken is a launcher for a single command of this node, which another process has started and let go.
type Taken struct {
	*Local
	Held  Held
	Files []*os.File // those of the Grip
	Kept  *os.File   // what it has written so far, and, if it writes into it itself, what it writes from now on
	Size  int64      // of that, unless it writes into it itself
	Words []byte     // what it has said beside that
}

const lookAtKept = 50 * time.Millisecond

// Launch goes on with the command, whatever it is asked to launch in the pod: the streams get all that it has written. It may be called
// once.
func (t *Taken) Launch(ctx context.Context, pod k8s.Pod, argv []string, s Streams) (Exit, error) {
	if s.Podless {
		return t.LaunchAlone(ctx, argv, s)
	}
	process := guard.Adopt(t.Files[0], t.Held.Pid, t.Held.Guard)
	e := &ends{over: make(chan struct{}), ours: t.Files[1:]}
	if s.Clock != nil {
		s.Clock(clock.Own())
	}
	if s.Started != nil {
		s.Started()
	}
	kept := io.NewSectionReader(t.Kept, 0, t.Size)
	written := make(chan struct{}) // closed when the command writes no more
	var short error
	var following sync.WaitGroup
	if t.Held.Direct {
		following.Go(func() { t.follow(s.Stdout, written) }) // ends with written
	} else if n, err := io.Copy(s.Stdout, kept); err != nil {
		return Exit{}, errors.Join(err, process.Control().Close())
	} else if n < t.Size {
		short = fmt.Errorf("of what it wrote until it was handed over, %d bytes of %d are not there any more", t.Size-n, t.Size)
	}
	to := s.Stderr
	if !t.Held.Apart && !t.Held.Direct {
		to = s.Stdout
	} else {
		_, _ = to.Write(t.Words) // the reader may be gone
	}
	e.copy(to, t.Files[1], 0)
	if t.Held.Apart {
		e.copy(s.Stdout, t.Files[2], pipe.Enlarge(t.Files[2], roomy))
	}
	stop := func() {}
	if netns, err := t.find(ctx, pod); err == nil {
		defer netns.Close()
		stop = t.watchNetwork(ctx, pod, netns, s.Renewed)
	}
	exit, err := supervise(ctx, process, s, interrupt(argv, s))
	stop()
	e.drain(s.Over)
	close(written)
	following.Wait()
	return exit, errors.Join(err, short)
}

// follow passes on what the command writes into a file of podtracer's, until written is closed, and then the rest.
func (t *Taken) follow(to io.Writer, written <-chan struct{}) {
	buffer := make([]byte, 256<<10)
	for at, over := int64(0), false; ; {
		n, _ := t.Kept.ReadAt(buffer, at) // a file that cannot be read is a part: the tool counts its packets
		if n > 0 {
			_, _ = to.Write(buffer[:n]) // the writer keeps its error
			at += int64(n)
			continue
		}
		if over {
			return
		}
		select {
		case <-written:
			over = true
		case <-time.After(lookAtKept):
		}
	}
}
