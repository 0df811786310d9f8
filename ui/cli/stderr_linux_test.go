package cli

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/fennec-project/podtracer/k8s"
)

// What a tool says on its standard error comes from the pod's network, as the headers do that curl -v shows.
func TestWhatAToolSaysBesideItsOutputOnlyDrawsOnATerminalAndIsAsItIsElsewhere(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer terminal.Close()
	read, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer pipe.Close()
	const text = "\x1b[31m10%\r20%\x1b[0m\x1b]52;c;aGFja2Vk\a\x1b[6n end"
	for name, c := range map[string]struct {
		to   *os.File
		from io.Reader
		want string
	}{
		"a terminal": {terminal, master, "\x1b[31m10%\r20%\x1b[0m end"},
		"a pipe":     {pipe, read, text},
	} {
		r := &runOptions{options: &options{streams: Streams{In: pipe, Out: pipe, Err: c.to}}}
		if _, err := io.WriteString(r.request(k8s.Pod{}, []string{"curl"}, nil).Stderr, text); err != nil {
			t.Fatal(err)
		}
		got := ""
		for buffer := make([]byte, 256); !strings.HasSuffix(got, "end"); {
			n, err := c.from.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			got += string(buffer[:n])
		}
		if got != c.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
