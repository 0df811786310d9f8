package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
)

// diskImage makes a file with an ext4 in it that writes nothing back by itself for minutes: the file holds only what was synced.
func diskImage(t *testing.T) (image, mounted string) {
	t.Helper()
	needTools(t, "mkfs.ext4", "losetup")
	image = filepath.Join(t.TempDir(), "disk")
	onHost(t, "truncate", "-s", "64M", image)
	onHost(t, "mkfs.ext4", "-q", image)
	return image, mountImage(t, image)
}

func mountImage(t *testing.T, image string) string {
	t.Helper()
	dir := t.TempDir()
	onHost(t, "mount", "-o", "loop,commit=300", image, dir)
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// afterPowerLoss returns what a store contains if its disk loses power now.
func afterPowerLoss(t *testing.T, image string) (found []store.Entry) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	onHost(t, "cp", "--sparse=always", image, copied)
	t.Run("after the power was lost", func(t *testing.T) { // the subtest unmounts the image when it ends
		list, err := store.Open(filepath.Join(mountImage(t, copied), "data"), save.Maker{}).List()
		if err != nil {
			t.Error(err)
		}
		found = list
	})
	return found
}

// dripper is a launcher whose tool writes one packet of a stream each time the test lets it.
type dripper struct {
	stream []byte
	packet <-chan struct{}
	direct bool
	onThisNode
}

func (d dripper) Launch(ctx context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	s.Started()
	write := s.Stdout.Write
	if d.direct {
		f, err := s.Stdout.(launch.Direct).File()
		if f == nil || err != nil {
			return launch.Exit{}, errors.Join(err, errors.New("the tool gets no file"))
		}
		defer f.Close()
		write = f.Write
	}
	at := 0
	for end := 24; ; {
		if _, err := write(d.stream[at:end]); err != nil {
			return launch.Exit{}, err
		}
		select {
		case <-ctx.Done():
			return launch.Exit{Stopped: true}, nil
		case <-d.packet:
		}
		at, end = end, end+16+int(d.stream[end+8])+int(d.stream[end+9])<<8
	}
}

func TestWhatCameASecondAgoIsThereAfterAMachineLostItsPower(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount a disk")
	}
	for _, direct := range []bool{true, false} {
		t.Run(fmt.Sprintf("written by the tool itself: %v", direct), func(t *testing.T) {
			image, disk := diskImage(t)
			packet := make(chan struct{})
			runs, err := NewRuns(context.Background(), Deps{
				Launcher: dripper{pcaptest.Stream(100_000), packet, direct, onThisNode{}}, Pods: &fakePods{}, DataDir: filepath.Join(disk, "data"),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { closeInTime(t, runs) }()
			n := &node{Runs: runs}
			// The tool gets a terminal for its text, so podtracer writes the spool.
			id := n.start(t, Request{Pod: cart, Argv: []string{"tcpdump", "-w", "-"}, Limits: Limits{MinFree: -1}, Headers: !direct})
			written := 0
			drip := func() {
				packet <- struct{}{}
				written++
			}
			for range 500 {
				drip()
			}
			soon, end := context.WithTimeout(t.Context(), 15*time.Second) // the kernel alone would write it back later than this
			defer end()
			for wanted := int64(written - 1); ; {
				for range 50 { // the disk is written to all the time
					drip()
				}
				list := afterPowerLoss(t, image)
				if len(list) == 1 && list[0].Packets >= wanted && list[0].Pod.Name == cart.Name && list[0].Kind == store.Left {
					break
				}
				if soon.Err() != nil {
					t.Fatalf("want %d packets and their label on the disk, got %+v", wanted, list)
				}
			}
			n.stopAndWait(t, id)
		})
	}
}

// lateTalker is a launcher whose tool writes most of its output when it is stopped.
type lateTalker struct{ onThisNode }

const lateOutput = 1 << 20 // bytes

func (lateTalker) Launch(ctx context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	s.Started()
	line := []byte("0123456789abcde\n")
	_, early := s.Stdout.Write(line)
	<-ctx.Done()
	_, late := s.Stdout.Write(bytes.Repeat(line, lateOutput/len(line)-1))
	return launch.Exit{Stopped: true}, errors.Join(early, late)
}

// A label that has reached the disk before its spool tells of a run that has ended well, and of half its output.
func TestWhoeverSaysThatARunHasEndedHasItsOutputOnTheDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount a disk")
	}
	image, disk := diskImage(t)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	runs, err := NewRuns(ctx, Deps{Launcher: lateTalker{}, Pods: &fakePods{}, DataDir: filepath.Join(disk, "data")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { closeInTime(t, runs) }()
	n := &node{Runs: runs}
	id := n.start(t, Request{Pod: cart, Argv: []string{"sh"}, Limits: Limits{MinFree: -1}})
	list := afterPowerLoss(t, image)
	for soon := within(t, patience); len(list) == 0 && soon.Err() == nil; list = afterPowerLoss(t, image) { // its beginning, and its names
	}
	end() // from now on, nobody syncs what comes
	n.wait(t, id)
	list = afterPowerLoss(t, image)
	if len(list) != 1 || list[0].Bytes != lateOutput || list[0].Missing != "" || list[0].Kind != store.Left {
		t.Errorf("on the disk is %+v, want %d bytes", list, lateOutput)
	}
}
