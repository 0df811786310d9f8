package tools

import (
	"io"
	"os"
	"testing"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/spool"
)

func TestTheTextOfACaptureEndsWhereItCannotBeReadBack(t *testing.T) {
	s, err := spool.New(owndirtest.Make(t, t.TempDir()), "1.spool", spool.Kind{Capture: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(pcaptest.Stream(maxBehind)); err != nil { // more than is passed on at once, and much more than a pipe holds
		t.Fatal(err)
	}
	s.Finish()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	fed := make(chan struct{})
	go func() { // ends with the feeder
		defer close(fed)
		f := feeder{run: &run{spool: s}, to: write}
		f.feed(t.Context())
		write.Close()
	}()
	if _, err := io.ReadFull(read, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	s.Close() // after this, the spool cannot be read
	rest, err := io.ReadAll(read)
	if err != nil || len(rest) == 0 {
		t.Errorf("%d bytes came, %v", len(rest), err)
	}
	<-fed
}
