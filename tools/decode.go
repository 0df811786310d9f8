package tools

import (
	"context"
	"io"
	"os"
	"sync"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// countPackets counts the packets of a capture as it grows.
func (r *run) countPackets(from io.Reader) {
	packets, err := pcap.NewReader(from)
	for err == nil {
		if _, err = packets.Next(); err == nil {
			r.update(func(s *State) { s.Packets++ })
		}
	}
	_, _ = io.Copy(io.Discard, from) // a broken stream is counted up to where it breaks
}

// decode lets a second tcpdump make text of a capture as it grows. It reads the spool at its own pace: however slow it is,
// the tool and the spool do not wait for it. It runs in the pod's namespace, so that names are looked up as the pod would.
func (r *run) decode(ctx context.Context, launcher Launcher) {
	read, write, err := os.Pipe()
	if err != nil {
		r.note("no text of the packets: " + err.Error())
		return
	}
	var feeder sync.WaitGroup
	feeder.Go(func() { // ends with the spool, or with the decoder, which closes the other end of the pipe
		_, _ = io.Copy(write, r.spool.follow(ctx))
		write.Close()
	})
	text := r.lines.writer(false)
	problem := &tail{}
	exit, err := launcher.Launch(ctx, r.request.Pod, r.plan.decoder, Streams{
		Stdin: read, Stdout: lineCounter{text, r}, Stderr: problem, Disposable: true,
	})
	text.flush()
	read.Close()
	feeder.Wait()
	switch {
	case exit.Stopped || ctx.Err() != nil:
		r.note("the text of the packets ends here: there was no time for the rest (the capture is whole; -n looks up no names)")
	case err != nil:
		r.note("no text of the packets: " + err.Error())
	case exit.Code != 0 && r.spool.size() > 0:
		r.note("the text of the packets ends here: " + problem.String() + " (the capture goes on)")
	}
}

// tail keeps the last bytes that were written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const most = 512
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(p), nil
}

// String is the last line.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	end := len(t.text)
	for end > 0 && (t.text[end-1] == '\n' || t.text[end-1] == '\r') {
		end--
	}
	start := end
	for start > 0 && t.text[start-1] != '\n' {
		start--
	}
	return string(t.text[start:end])
}
