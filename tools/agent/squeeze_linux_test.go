package agent

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
)

// slowLink takes so many bytes a second, and counts them.
type slowLink struct {
	net.Conn
	rate  int
	count *atomic.Int64
}

func (s slowLink) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p[:min(len(p), 16<<10)])
	s.count.Add(int64(n))
	time.Sleep(time.Second * time.Duration(n) / time.Duration(s.rate))
	return n, err
}

func TestOverASlowLinkOutputComesCompressedAndWhole(t *testing.T) {
	f := newFar(t, time.Hour)
	var came atomic.Int64
	f.through(func(c net.Conn) net.Conn { return slowLink{c, 256 << 10, &came} })
	var out bytes.Buffer
	const lines = 1_000_000
	exit, err := f.Launch(t.Context(), cart, []string{"seq", "10000000", fmt.Sprint(10000000 + lines - 1)}, launch.Streams{Stdout: &out})
	if err != nil || exit.Code != 0 || out.Len() != lines*9 {
		t.Fatalf("%+v, %v, %d bytes", exit, err, out.Len())
	}
	if n := came.Load(); n > lines*9/2 {
		t.Errorf("%d bytes came for %d", n, out.Len())
	}
}

func TestWhatIsCompressedIsDecidedByWhatWasMeasured(t *testing.T) {
	text := bytes.Repeat([]byte("10.244.0.12.80 > 10.244.0.13.51234: Flags [.], ack 1\n"), 2000)
	noise := make([]byte, len(text))
	_, _ = rand.Read(noise) // never fails
	for name, c := range map[string]struct {
		data []byte
		took time.Duration // for a message; on a slow link, longer than a busy machine may stand still
		want bool          // in the end it is compressed
	}{
		"a fast link":              {text, 100 * time.Microsecond, false},
		"a slow link":              {text, 10 * time.Second, true},
		"a slow link, but noise":   {noise, 10 * time.Second, false},
		"little, over a slow link": {text[:1000], 10 * time.Second, false},
	} {
		var s squeezer
		var u unsqueezer
		compressed := 0
		for range 20 {
			message := s.of(append([]byte{0}, c.data...))
			if got, err := u.of(message); err != nil || !bytes.Equal(got, c.data) {
				t.Fatalf("%s: %v", name, err)
			}
			if message[0] == squeezed {
				compressed++
			}
			s.sent(len(message), c.took*time.Duration(len(message))/time.Duration(len(c.data)))
		}
		u.close()
		if got := compressed > 10; got != c.want {
			t.Errorf("%s: %d messages of 20 are compressed", name, compressed)
		}
	}
}

func TestMessagesThatCannotBeUnpackedAreRefused(t *testing.T) {
	u := &unsqueezer{}
	defer u.close()
	bomb := (&squeezer{link: 1}).of(make([]byte, 64<<20)) // more than a message may hold
	for what, message := range map[string][]byte{"nothing": nil, "another kind": {7, 1, 2}, "no frame": {squeezed, 1, 2, 3}, "a bomb": bomb} {
		if data, err := u.of(message); err == nil {
			t.Errorf("%s becomes %d bytes", what, len(data))
		}
	}
}
