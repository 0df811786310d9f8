package tools

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/guard"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/internal/pipe"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/packet"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/tally"
)

// decode has a second tcpdump print a growing capture as text. It reads the spool at its own pace: however slow it is, neither
// the tool nor the spool waits for it. It resolves no names, because its DNS queries would be packets in the pod's network. Where no tcpdump
// can be run for it, podtracer's own lines take the place of its text.
func (r *run) decode(ctx context.Context, launcher launch.Launcher) {
	text := lineCounter{r.lines.Writer(false), r}
	problem := &tally.Tail{}
	pod := r.request.Pod
	if r.request.Elsewhere != nil { // it may be out of reach from here, and the decoder needs nothing of it
		pod = Pod{}
	}
	exit, err := r.feed(ctx, func(packets *os.File) (launch.Exit, error) {
		return launcher.Launch(ctx, pod, r.plan.Decoder, launch.Streams{
			Stdin: packets, Stdout: text, Stderr: problem, Disposable: true, Podless: true,
		})
	})
	if errors.Is(err, command.ErrNotInstalled) || errors.Is(err, command.ErrNotExecutable) || errors.Is(err, guard.ErrUnsupported) {
		r.note("the lines of text are podtracer's own, and not as detailed as tcpdump's: " + hint.Line(err))
		r.freezeBlind() // a line that freezes is one of tcpdump's
		_, err = r.feed(ctx, func(packets *os.File) (launch.Exit, error) { return launch.Exit{}, writeOwn(packets, text) })
	}
	text.Flush()
	switch {
	case exit.Stopped || ctx.Err() != nil:
		r.note("the text of the packets ends here: there was no time for the rest (the capture has it)")
	case err != nil:
		r.note("no text of the packets: " + hint.Line(err))
		r.freezeBlind()
	case exit.Code != 0 && r.spool.Size() > 0:
		r.freezeBlind()
		r.note("the text of the packets ends here: " + problem.String() + " (the capture goes on)")
	}
}

// feed passes the packets on to a decoder until it ends.
func (r *run) feed(ctx context.Context, decoder func(packets *os.File) (launch.Exit, error)) (launch.Exit, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return launch.Exit{}, err
	}
	var feeding sync.WaitGroup
	feeding.Go(func() { // ends with the spool, or with the decoder, which closes the other end of the pipe
		f := feeder{run: r, to: write}
		f.feed(ctx)
		write.Close()
	})
	exit, err := decoder(read)
	read.Close()
	feeding.Wait()
	return exit, err
}

// writeOwn writes a line for each packet of a capture, until that ends.
func writeOwn(capture io.Reader, to io.Writer) error {
	packets, err := pcap.NewReader(capture)
	for err == nil {
		var p []byte
		if p, err = packets.Next(); err == nil {
			h := packets.Header()
			_, err = io.WriteString(to, packet.Line(h.LinkType, h.Time(p), p[pcap.PacketHeaderLen:], h.Length(p))+"\n")
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// feeder passes the packets of a run to the decoder, at most textRate a second: nobody reads faster, and making text costs ten
// times as much as capturing. When too many packets wait, it skips from the end of one packet to the end of a later one. If a
// line can freeze a ring, it passes on every packet as fast as it can, except those that have left the ring.
type feeder struct {
	run    *run
	to     *os.File
	header pcap.Header
	at     spool.Mark // end of the last packet passed on or skipped
	next   time.Time  // when the next packets may be passed on
}

// awaited says whether every packet needs its text, because a line can freeze the ring.
func (f *feeder) awaited() bool { return f.run.request.Ring.FreezeOn != nil }

const (
	textRate  = 5000                   // packets a second
	maxBehind = textRate               // packets that may wait for their text; with more, feeder skips
	jumpShort = 128 << 10              // bytes from the end of the spool where it goes on, so that the last packets of a burst are shown
	jumpEvery = 500 * time.Millisecond // at most this often
	atOnce    = 512 << 10              // bytes; more than the largest packet that Linux captures
)

// feed passes packets on until the spool, ctx or the decoder ends.
func (f *feeder) feed(ctx context.Context) {
	if f.begin(ctx) != nil {
		return
	}
	buffer := make([]byte, atOnce)
	for f.run.spool.Wait(ctx, f.at.Offset) == nil {
		pause.For(ctx, time.Until(f.next))
		f.keepUp(ctx)
		n, err := f.run.spool.ReadAt(buffer, f.at.Offset)
		if errors.Is(err, spool.ErrAgedOut) {
			f.jump(ctx, f.run.spool.Oldest())
			continue
		}
		if n == 0 && err != nil { // the disk is broken; the verdict says so
			f.run.freezeBlind()
			return
		}
		whole, packets := f.header.Whole(buffer[:n])
		if whole == 0 { // let the decoder complain about bytes that are not a packet
			whole = n
		}
		if _, err := f.to.Write(buffer[:whole]); err != nil {
			return
		}
		f.reach(spool.Mark{Offset: f.at.Offset + int64(whole), Packets: f.at.Packets + int64(packets)})
		if !f.awaited() {
			f.next = later(f.next, time.Now()).Add(time.Duration(packets) * time.Second / textRate)
		}
	}
}

// begin passes on the file header of the stream.
func (f *feeder) begin(ctx context.Context) error {
	if err := f.run.spool.Wait(ctx, pcap.FileHeaderLen-1); err != nil {
		return err
	}
	c, release := f.run.spool.Pin()
	defer release()
	packets, err := pcap.NewReader(c.Open())
	if err != nil {
		return err
	}
	f.header, f.at = packets.Header(), spool.Mark{Offset: pcap.FileHeaderLen}
	_, err = f.to.Write(packets.RawHeader())
	return err
}

// keepUp skips packets if too many wait.
func (f *feeder) keepUp(ctx context.Context) {
	now, _ := f.run.spool.Get()
	if f.awaited() || now.End.Packets-f.at.Packets <= maxBehind {
		return
	}
	if to := f.run.spool.ShortOf(jumpShort); to.Offset > f.at.Offset {
		f.jump(ctx, to)
		f.next = time.Now().Add(jumpEvery)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// reach records how far packets were passed on or skipped.
func (f *feeder) reach(at spool.Mark) {
	f.at = at
	f.run.lookout.passed.Store(at.Offset)
}

// jump skips the packets before to, and says how many after the text of the packets before them.
func (f *feeder) jump(ctx context.Context, to spool.Mark) {
	f.drain(ctx)
	skipped := to.Packets - f.at.Packets
	f.run.tellMissed()
	f.reach(to)
	text := figures.Count(skipped) + " packets not shown (all are in the capture)"
	switch {
	case to.Offset <= f.run.spool.Oldest().Offset:
		text = figures.Count(skipped) + " packets not shown (they have left the ring)"
	case f.run.request.Ring.Size > 0:
		text = figures.Count(skipped) + " packets not shown (all are in the ring until they age out)"
	}
	f.run.update(func(s *State) { s.Counters.NotShown += skipped })
	f.run.note(text)
}

// drain waits until the decoder has read what it was given and has had time to print the last of it.
func (f *feeder) drain(ctx context.Context) {
	const (
		look  = 5 * time.Millisecond
		last  = 20 * time.Millisecond
		looks = 200 // give up then: a decoder may wait for names for long, and the order of the lines is not worth that
	)
	for i := 0; i < looks && pipe.Unread(f.to) > 0 && ctx.Err() == nil; i++ {
		pause.For(ctx, look)
	}
	pause.For(ctx, last)
}
