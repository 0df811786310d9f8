package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWhenTheDiskOfARecordingIsFullTheConsoleSaysSoAndGoesOn(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	small := t.TempDir()
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size=16k"); err != nil {
		t.Skip("no small disk can be mounted here:", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(small, unix.MNT_DETACH) })
	file := filepath.Join(small, "x.cast")
	s := onTerminal(t, nil, binary, "demo", "--record", file)
	s.waitFor("client-0")
	s.waitFor("recording")
	for range 200 {
		if strings.Contains(s.written(), "recording ENDED") {
			break
		}
		s.press("\t")
		time.Sleep(200 * time.Millisecond)
	}
	s.waitFor("recording ENDED")
	s.waitFor("no space left on device")
	s.press("/web-\r")
	s.sees(80, 24, "recording ENDED", "/ web-")
	left := len(s.written())
	s.press("q")
	if status := s.waitEnd(); status != 125 { // 125: the recording that was asked for is not complete
		t.Errorf("status %d", status)
	}
	s.since(left, "has ended")
	replay := onTerminal(t, nil, binary, "replay", file, "--speed", "100")
	replay.waitFor("client-0")
	if status := replay.waitEnd(); status != 0 {
		t.Errorf("replay: status %d: %q", status, replay.written())
	}
}
