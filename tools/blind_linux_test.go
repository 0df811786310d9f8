package tools

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"syscall"
	"testing"

	"github.com/fennec-project/podtracer/tools/tally"
)

// A packet that crashes the tcpdump that prints text would otherwise leave the ring waiting for ever.
func TestARingThatWaitsForALineEndsWhenNoLineCanComeAnyMore(t *testing.T) {
	for name, asText := range map[string]bool{"in the console": true, "on the command line": false} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			traffic(t, n)
			id := n.start(t, Request{
				Pod: cart, Argv: []string{"tcpdump", "-i", "eth0", "-n"}, Packets: true, Text: asText, Stderr: new(tally.Tail),
				Ring: Ring{Size: 8 << 20, FreezeOn: regexp.MustCompile("no such text")},
			})
			n.until(t, id, "text", func(s State) bool { return s.Packets > 5 && s.Lines > 5 })
			for _, guard := range childrenOf(t, os.Getpid()) {
				for _, tool := range childrenOf(t, guard) {
					if line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", tool)); bytes.Contains(line, []byte("\x00-r\x00-")) {
						_ = syscall.Kill(tool, syscall.SIGSEGV)
					}
				}
			}
			s := n.wait(t, id)
			if !errors.Is(s.Cause, ErrBlind) || s.Status() != StatusLost || s.Packets == 0 || s.Frozen == "" {
				t.Errorf("status %d: %+v", s.Status(), s)
			}
		})
	}
}
