package agent

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/demo"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/store"
)

// patience is how long a test waits for what has to come.
const patience = time.Minute

var cart = k8s.Pod{Namespace: "shop", Name: "cart", UID: "uid-cart", Node: "far", Phase: "Running", Status: "Running", IPs: []string{"10.244.0.12"}}

// far is a node with one pod that is a real network namespace, and an agent there; and a launcher on another node.
type far struct {
	*Launcher
	dir    string
	server *Server
	ended  chan error // of the agent

	mu        sync.Mutex
	dials     int
	wire      func(c net.Conn) net.Conn // what the connection goes through; nil: nothing
	installed bool
	making    func()   // called while a helper is made; may be nil
	gone      bool     // there is no helper any more
	kept      []string // the nodes whose helpers stay
}

// followedSoon is how long a tool may go without a console that follows it, in a test in which one does at first: also a slow machine comes
// from starting a tool to following it in this time.
const followedSoon = 2 * time.Second

func newFar(t *testing.T, idle time.Duration, changes ...func(*Server)) *far {
	t.Helper()
	if err := ns.CheckNamespaces(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skipf("this test makes network namespaces, which is refused here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	node, err := demo.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.AddPod(cart.UID, netip.MustParseAddr(cart.IPs[0])); err != nil {
		t.Fatal(err)
	}
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	f := &far{dir: t.TempDir(), ended: make(chan error, 1)}
	dir, err := store.Begin(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := Listen(filepath.Join(f.dir, "agent.sock"))
	if err != nil {
		t.Fatal(err)
	}
	f.server = &Server{
		Launcher: &launch.Local{Finder: node, Here: k8s.Node{Name: "far", Sure: true}}, Dir: dir, Version: "v1", Node: "far",
		StopAfter: idle, KeepFor: time.Hour, EndAfter: 2 * idle, MostKept: 1 << 30,
	}
	for _, change := range changes {
		change(f.server)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { f.ended <- f.server.Serve(ctx, socket) }() // ends with ctx, or by itself
	f.Launcher = &Launcher{Here: &launch.Local{Here: k8s.Node{Name: "near", Sure: true}}, Helpers: f, Version: "v1"}
	t.Cleanup(func() {
		f.Close()
		cancel()
		if err := <-f.ended; err != nil {
			t.Error(err)
		}
		if err := errors.Join(dir.Close(nil), node.Close()); err != nil {
			t.Error(err)
		}
	})
	return f
}

// Allowed, Keep, Installed and Dial make it a Helpers.
func (f *far) Allowed() error { return nil }

func (f *far) Keep(node string) { f.kept = append(f.kept, node) }

func (f *far) Installed(context.Context, string) Dialer {
	if f.installed {
		return f.dial
	}
	return nil
}

func (f *far) Dial(context.Context, string, func(string)) (Dialer, error) {
	if f.making != nil {
		f.making()
	}
	return f.dial, nil
}

// dial is what `podtracer agent dial` does in a helper.
func (f *far) dial(ctx context.Context, in io.Reader, out io.Writer) error {
	f.mu.Lock()
	f.dials++
	wire, gone := f.wire, f.gone
	f.mu.Unlock()
	if gone {
		return ErrGone
	}
	return f.join(ctx, in, out, wire)
}

// open is dial for somebody for whom the helper is not gone.
func (f *far) open(ctx context.Context, in io.Reader, out io.Writer) error {
	return f.join(ctx, in, out, nil)
}

func (f *far) join(ctx context.Context, in io.Reader, out io.Writer, wire func(net.Conn) net.Conn) error {
	c, err := net.Dial("unix", filepath.Join(f.dir, "agent.sock"))
	if err != nil {
		return err
	}
	if wire != nil {
		c = wire(c)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	done := make(chan error, 2)
	go func() { _, err := io.Copy(c, in); done <- err }()  // ends with in, which gRPC closes
	go func() { _, err := io.Copy(out, c); done <- err }() // ends with c
	return <-done
}

// cut is a connection that breaks when so many bytes have come.
type cut struct {
	net.Conn
	left int
}

func (c *cut) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.Close()
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// through sets what the next connections go through.
func (f *far) through(wire func(net.Conn) net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wire = wire
}

func (f *far) dialled() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dials
}
