package tty

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestARecordingOfNothingIsNotLeft(t *testing.T) {
	path := t.TempDir() + "/x.cast"
	r, err := NewRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is left: %v", err)
	}
}

func TestARecordingIsACastAndItsFailureIsToldWhileTheScreenGoesOn(t *testing.T) {
	path := t.TempDir() + "/x.cast"
	r, err := NewRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, size := range [][2]int{{0, 0}, {80, 24}, {160, 45}} {
		if err := r.add(size[0], size[1], []byte("frame \x1b[1m│<&>"+strings.Repeat("x", i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewRecording(path); err == nil {
		t.Error("an existing file is overwritten")
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c, err := OpenCast(file)
	if err != nil || c.Width != 160 || c.Height != 45 {
		t.Fatalf("%+v, %v", c, err)
	}
	var kinds string
	for e, err := c.next(); err == nil; e, err = c.next() {
		kinds += e.kind
	}
	if kinds != "ooro" {
		t.Errorf("events %s", kinds)
	}
	_ = r.Close()
	screen, err := os.Create(t.TempDir() + "/terminal")
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	terminal := New(nil, screen, func() {})
	d := NewDisplay(terminal, r)
	if !terminal.Link().Recording {
		t.Error("the link does not say that the screen is recorded")
	}
	d.screen.tell("y")
	link, drawn := terminal.Link(), make([]byte, 9)
	if n, _ := screen.ReadAt(drawn, 0); link.Recording || link.RecordingEnded == nil || string(drawn[:n]) != "y" {
		t.Errorf("after the file was closed: %+v, and the screen has %q", link, drawn[:n])
	}
}

func TestWhatIsNoCastIsToldWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "line 1",
		"hello\n":                              "line 1: not the header",
		`{"version":3,"width":80,"height":24}`: "version 3",
		`{"version":2,"width":0,"height":24}`:  "0x24",
		"{\"version\":2,\"width\":80,\"height\":24}\n[0.1,\"o\",\"a\"]\n[1,\"o\"]\n": "line 3: not an event: 2 fields",
	} {
		if _, err := OpenCast(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
