//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

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
		leastPrivilege.run(t, "--kubeconfig", config, "-n", "shop", "--pod", "client", "--", "true").
			refuses(t, "the API does not answer").within(t, 20*time.Second)
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
	c.shows("✗ not live since", "▸ "+namespace+"/before", "the API does not answer", "hint:")
	start(t, workload("before-it-was-back"))
	time.Sleep(3 * time.Second)
	c.shows("✗ not live since", "▸ "+namespace+"/before")
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
	c.shows("✗ not live since", "the API does not answer", "hint:")
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

	mu       sync.Mutex
	listener net.Listener // nil while it is cut
	open     map[net.Conn]bool
}

// newProxy listens on an address of the machine that pods can reach and that the API server's certificate names.
func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{t: t, address: "10.250.0.1:0", server: apiServer(t), open: map[net.Conn]bool{}}
	p.mend()
	p.address = p.listener.Addr().String()
	t.Cleanup(func() {
		p.cut()
		p.running.Wait()
	})
	return p
}

// mend lets connections through again.
func (p *proxy) mend() {
	p.t.Helper()
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
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
	go func() { // ends with the connection
		_, _ = io.Copy(api, conn)
		api.Close()
	}()
	_, _ = io.Copy(conn, api)
}

// add notes connections for cut to end. It returns false if the proxy has been cut meanwhile.
func (p *proxy) add(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.open[c] = true
	}
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
