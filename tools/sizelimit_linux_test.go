package tools

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
)

// torrent is a launcher whose tool writes more than the default limit at once, when it is stopped or when it ends.
type torrent struct {
	onThisNode
	untilStopped bool
}

func (l torrent) Launch(ctx context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	s.Started()
	if l.untilStopped {
		<-ctx.Done()
	}
	exit := launch.Exit{Stopped: l.untilStopped}
	f, err := s.Stdout.(launch.Direct).File()
	if f == nil || err != nil {
		writeMuch(s.Stdout)
		return exit, err
	}
	return exit, errors.Join(writePackets(f), f.Close())
}

// writePackets writes packets that take hardly any room on the disk (a sparse file).
func writePackets(f *os.File) error {
	const payload = 256 << 10
	head := make([]byte, pcap.PacketHeaderLen)
	binary.LittleEndian.PutUint32(head[8:], payload)
	binary.LittleEndian.PutUint32(head[12:], payload)
	_, err := f.Write(pcaptest.Stream(0))
	for end := int64(pcap.FileHeaderLen); err == nil && end < DefaultSize+payload; {
		_, err = f.Write(head)
		end += pcap.PacketHeaderLen + payload
		err = errors.Join(err, f.Truncate(end))
	}
	return err
}

// writeMuch writes more than the default limit and ignores errors, as the reader of a pipe does.
func writeMuch(to io.Writer) {
	some := make([]byte, 4<<20)
	for n := 0; n < DefaultSize+len(some); n += len(some) {
		_, _ = to.Write(some)
	}
}

// The default limit was not asked for, so reaching it is a loss, even if the tool was being stopped or had ended by then.
func TestWhatTheDefaultLimitCutsOffIsALossWhateverStoppedTheTool(t *testing.T) {
	for name, request := range map[string]Request{
		"a capture": {Argv: []string{"tcpdump", "-w", "-"}}, "other output": {Argv: []string{"cat"}},
	} {
		for _, stopped := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				runs, err := NewRuns(context.Background(), Deps{Launcher: torrent{untilStopped: stopped}, Pods: &fakePods{}, DataDir: t.TempDir()})
				if err != nil {
					t.Fatal(err)
				}
				defer closeInTime(t, runs)
				n := &node{Runs: runs}
				request.Pod, request.Limits = shop, Limits{MinFree: -1}
				id := n.start(t, request)
				if stopped {
					n.until(t, id, "the tool runs", func(s State) bool { return s.Phase == Running })
					if err := n.Stop(id); err != nil {
						t.Fatal(err)
					}
				}
				state := n.wait(t, id)
				if state.Bytes > DefaultSize || len(state.Losses) != 1 || state.Losses[0].Kind != report.LostToSizeLimit || state.Status() != StatusLost {
					t.Errorf("%d bytes were kept, status %d, losses %v", state.Bytes, state.Status(), state.Losses)
				}
			})
		}
	}
}
