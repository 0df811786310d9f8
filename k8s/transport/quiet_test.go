package transport

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// A watch through a connection that has died without a word ends well before client-go's own 45 seconds are over. That nothing comes is no
// reason: a connection whose other end is there stays.
func TestAWatchOverAConnectionThatSwallowsEndsSoonAndAQuietOneDoesNot(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "a")
		w.(http.Flusher).Flush()
		select { // a watch that has nothing to tell
		case <-r.Context().Done():
		case <-gone:
		}
	}))
	api.EnableHTTP2 = true
	api.StartTLS()
	t.Cleanup(func() {
		close(gone)
		api.Close()
	})
	const well = 2*(quietTime+pingTime) - 2*time.Second // 38 s: far from both
	for name, swallows := range map[string]bool{"swallows": true, "is quiet": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			road := newRoad(t, api.Listener.Addr().String())
			c, err := Connect(&rest.Config{Host: "https://" + road.address, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			defer c.HangUp()
			answer, err := c.Client.Get("https://" + road.address + "/api/v1/pods?watch=true")
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if _, err := io.ReadFull(answer.Body, make([]byte, 1)); err != nil || answer.ProtoMajor != 2 {
				t.Fatalf("the watch has not begun by HTTP/2: %v, %s", err, answer.Proto)
			}
			road.swallows.Store(swallows)
			ended := make(chan error, 1)
			go func() { // ends when the connection is closed
				_, err := answer.Body.Read(make([]byte, 1))
				ended <- err
			}()
			select {
			case err := <-ended:
				if !swallows {
					t.Errorf("a quiet watch ended: %v", err)
				} else if err == nil || !strings.Contains(err.Error(), "connection") {
					t.Errorf("the watch ended with %v", err)
				}
				if ago := time.Since(c.Heard()); ago < quietTime+pingTime {
					t.Errorf("something is said to have come %v ago", ago)
				}
			case <-time.After(well):
				if swallows {
					t.Errorf("the watch still looks live after %v", well)
				}
				if ago := time.Since(c.Heard()); ago > quietTime+pingTime {
					t.Errorf("nothing is said to have come for %v", ago)
				}
			}
		})
	}
}

// road is a TCP proxy that can swallow what passes.
type road struct {
	address  string
	swallows atomic.Bool
}

func newRoad(t *testing.T, to string) *road {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	r := &road{address: listener.Addr().String()}
	go func() { // ends with the test
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", to)
			if err != nil {
				_ = here.Close()
				continue
			}
			go r.carry(here, there)
			go r.carry(there, here)
		}
	}()
	return r
}

// carry copies until one of both ends is closed.
func (r *road) carry(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if r.swallows.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
