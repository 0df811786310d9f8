//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func TestWithoutAClusterItSaysSo(t *testing.T) {
	t.Parallel()
	alone := []string{"env", "-i", "PATH=/usr/bin:/bin", "HOME=/nowhere", "TERM=xterm", "/usr/local/bin/podtracer"}
	leastPrivilege.exec(t, append(alone, "run", "--pod", "client", "--", "true")...).refuses(t, "no kubeconfig, and not in a cluster", "--kubeconfig")
	term := leastPrivilege.openTerminal(t, 80, 24, alone...)
	term.shows("no kubeconfig, and not in a cluster", "hint:")
	term.ends(125)
	leastPrivilege.run(t, "--kubeconfig", "/no/such/file", "--pod", "client", "--", "true").refuses(t, "/no/such/file")
	leastPrivilege.writes(t, "/tmp/e2e-"+mark+"-broken", "{broken")
	leastPrivilege.run(t, "--kubeconfig", "/tmp/e2e-"+mark+"-broken", "--pod", "client", "--", "true").refuses(t, "read kubeconfig", "/tmp/e2e-"+mark+"-broken")
}

func TestAnAPIThatCannotBeReachedIsSaidInTime(t *testing.T) {
	t.Parallel()
	for _, server := range []string{
		"https://10.250.0.1:9",    // refuses connections
		"https://10.244.2.251:99", // no machine has this address
		"https://api.invalid:6443",
	} {
		config := "/tmp/e2e-" + mark + "-" + strings.Map(plain, server[8:])
		leastPrivilege.writes(t, config, kubeconfig(server))
		elsewhere := leastPrivilege.run(t, "--kubeconfig", config, "-n", "shop", "--pod", "web", "--", "true")
		elsewhere.refuses(t, "the API does not answer").within(t, 20*time.Second)
		leastPrivilege.run(t, "--kubeconfig", config, "-n", "shop", "--pod", "client", "--", "true").succeeds(t).
			says(t, "the API does not answer", "from the container runtime of this node").within(t, 20*time.Second)
	}
}

// kubeconfig is for a debug pod, with its own service account and another address of the API server.
func kubeconfig(server string) string {
	const account = "/var/run/secrets/kubernetes.io/serviceaccount/"
	return fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: e2e,
 clusters: [{name: e2e, cluster: {server: %q, certificate-authority: %sca.crt}}],
 users: [{name: e2e, user: {tokenFile: %stoken}}],
 contexts: [{name: e2e, context: {cluster: e2e, user: e2e}}]}
`, server, account, account)
}

func TestTheConsoleKeepsItsListWhileTheAPIIsAwayAndComesBackByItself(t *testing.T) {
	t.Parallel()
	away := newProxy(t)
	config := "/tmp/e2e-" + mark + "-proxy"
	leastPrivilege.writes(t, config, kubeconfig("https://"+away.address))
	start(t, workload("before"))
	c := leastPrivilege.openConsole(t, 100, 24, "--kubeconfig", config, "-n", namespace)
	c.filters("before")
	c.shows("▸ "+namespace+"/before", "● live")

	away.cut()
	c.shows("✗ only node1 is live since", "▸ "+namespace+"/before", "the API does not answer", "as its container runtime has them", "hint:")
	start(t, workload("before-it-was-back", func(p *corev1.Pod) { p.Spec.NodeName = "node2" }))
	time.Sleep(3 * time.Second)
	c.shows("✗ only node1 is live since", "▸ "+namespace+"/before")
	if strings.Contains(c.screen(), "before-it-was-back") {
		t.Fatal("the API was still reachable")
	}
	// A run in a pod that still exists continues, and new runs can start.
	c.starts(namespace+"/before", "ping", "127.0.0.1")
	c.shows("icmp_seq=2")
	c.press("x", "Escape")

	away.mend()
	c.shows("● live", "before-it-was-back")
	c.hidesWithin(glance, "does not answer")
	c.press("q")
	c.ends(0)
}

func TestAConsoleThatIsOpenedWhileTheAPIIsAwayFillsWhenItIsBack(t *testing.T) {
	t.Parallel()
	away := newProxy(t)
	away.cut()
	config := "/tmp/e2e-" + mark + "-proxy2"
	leastPrivilege.writes(t, config, kubeconfig("https://"+away.address))
	c := console{leastPrivilege.openTerminal(t, 100, 24, "podtracer", "--kubeconfig", config, "-n", "shop")}
	c.shows("✗ only node1 is live since", "the API does not answer", "hint:", "client")
	away.mend()
	c.shows("● live", "client")
	c.press("q")
	c.ends(0)
}

// proxy passes connections on to the API server until it is cut.
type proxy struct {
	t       *testing.T
	address string
	server  string
	running sync.WaitGroup
	came    atomic.Int64 // bytes from the server so far

	mu       sync.Mutex
	listener net.Listener      // nil while it is cut
	open     map[net.Conn]bool // true: of the client
	mute     map[net.Conn]bool // clients that hear nothing any more
}

// proxyPort is the port of the newest proxy. Proxies have ports below those that the kernel gives to connections, which could take the
// port of one that is cut.
var proxyPort atomic.Int64

func init() { proxyPort.Store(20_000) }

// newProxy listens on an address of the machine that pods can reach and that the API server's certificate names.
func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{t: t, address: fmt.Sprintf("10.250.0.1:%d", proxyPort.Add(1)), server: apiServer(t), open: map[net.Conn]bool{}, mute: map[net.Conn]bool{}}
	p.mend()
	t.Cleanup(func() {
		p.cut()
		p.running.Wait()
	})
	return p
}

// mend lets connections through again. The port may be taken for a moment: a process that another test is starting has the old listener
// until it runs its program.
func (p *proxy) mend() {
	p.t.Helper()
	var listener net.Listener
	until(p.t, patience, "the proxy's port", func() (free bool) {
		var err error
		if listener, err = net.Listen("tcp", p.address); err != nil && !errors.Is(err, syscall.EADDRINUSE) {
			p.t.Fatal(err)
		}
		return err == nil
	})
	p.mu.Lock()
	p.listener = listener
	p.mu.Unlock()
	p.running.Go(func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.running.Go(func() { p.pass(conn) }) // ends with the connection
		}
	})
}

// cut ends all connections, and lets new ones be refused.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	for c := range p.open {
		c.Close()
	}
	clear(p.open)
}

// forget lets the server see the end of all connections, and the clients nothing, as a router does that has forgotten them.
func (p *proxy) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c, client := range p.open {
		if client {
			p.mute[c] = true
		} else {
			c.Close()
		}
	}
}

// swallows reads from a client that hears nothing any more until it goes, or the proxy is cut.
func (p *proxy) swallows(conn net.Conn) {
	p.mu.Lock()
	mute := p.mute[conn]
	p.mu.Unlock()
	if mute {
		_, _ = io.Copy(io.Discard, conn)
	}
}

func (p *proxy) pass(conn net.Conn) {
	defer conn.Close()
	api, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer api.Close()
	if !p.add(conn, api) {
		return
	}
	p.running.Go(func() { // ends with the connection
		_, _ = io.Copy(api, conn)
		api.Close()
		p.swallows(conn)
	})
	_, _ = io.Copy(io.MultiWriter(conn, counting{&p.came}), api)
	p.swallows(conn)
}

// counting counts the bytes that are written.
type counting struct{ n *atomic.Int64 }

func (c counting) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

// add notes connections for cut to end. It returns false if the proxy has been cut meanwhile.
func (p *proxy) add(conn, api net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[conn], p.open[api] = true, false
	return p.listener != nil
}

// apiServer is the API server's address in the tests' kubeconfig.
func apiServer(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Clusters []struct{ Cluster struct{ Server string } }
	}
	if err := yaml.Unmarshal(text, &config); err != nil || len(config.Clusters) == 0 {
		t.Fatalf("no server in %s: %v", os.Getenv("KUBECONFIG"), err)
	}
	return strings.TrimPrefix(config.Clusters[0].Cluster.Server, "https://")
}
