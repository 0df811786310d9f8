//go:build e2e

package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// gateway is a proxy that understands the requests to the API: it has a certificate of its own, and asks the API server in the name of
// the tests.
type gateway struct {
	address   string
	authority string // PEM

	sockets, spdy atomic.Int64 // upgrades that were asked for
	cuts          atomic.Int64 // upgraded connections that were cut
}

// listens listens on an address like a proxy's.
func listens(t *testing.T) net.Listener {
	t.Helper()
	for {
		listener, err := net.Listen("tcp", fmt.Sprintf("10.250.0.1:%d", proxyPort.Add(1)))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return listener
	}
}

// upgrade is a way to a container.
type upgrade string

const (
	socketUpgrade upgrade = "websocket"
	spdyUpgrade   upgrade = "spdy/3.1"
)

// newGateway lets refuse answer requests for one way, which it does not know; nil passes all on. Connections on which one side is silent for idle are cut;
// 0: never. Those that are not upgraded are cut when both sides are silent.
func newGateway(t *testing.T, unknown upgrade, refuse http.HandlerFunc, idle time.Duration) *gateway {
	t.Helper()
	listener := listens(t)
	g := &gateway{address: listener.Addr().String()}
	certificate, authority := certify(t)
	g.authority = authority
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	identity, err := rest.TLSConfigFor(config)
	if err != nil {
		t.Fatal(err)
	}
	onward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: apiServer(t)})
	onward.Transport = &http.Transport{TLSClientConfig: identity}
	onward.FlushInterval = -1 // watches
	onward.ErrorLog = log.New(io.Discard, "", 0)
	server := &http.Server{
		ErrorLog: onward.ErrorLog, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			to := upgrade(strings.ToLower(r.Header.Get("Upgrade")))
			switch to {
			case socketUpgrade:
				g.sockets.Add(1)
			case spdyUpgrade:
				g.spdy.Add(1)
			}
			if refuse != nil && to == unknown {
				refuse(w, r)
				return
			}
			if c, ok := r.Context().Value(connKey{}).(*idleConn); ok && r.Header.Get("Upgrade") != "" {
				c.upgraded.Store(true)
			}
			onward.ServeHTTP(w, r)
		}),
	}
	if idle > 0 {
		server.ConnContext = withConn
		listener = idleListener{listener, idle, &g.cuts}
	}
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(listener, "", "") }() // ends with the server
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return g
}

// certify makes a certificate for the machine's address, and says by whom, in PEM.
func certify(t *testing.T) (certificate tls.Certificate, authority string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP("10.250.0.1")}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// newLaptop is a laptop that reaches the API through the gateway.
func (g *gateway) newLaptop(t *testing.T, label string) *laptop {
	t.Helper()
	l := newLaptop(t, label, g.address)
	authority := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(authority, []byte(g.authority), 0o600); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "--kubeconfig", filepath.Join(l.dir, "kubeconfig"), "config", "set-cluster", "podtracer", "--certificate-authority="+authority, "--embed-certs")
	return l
}

type connKey struct{}

// idleListener cuts connections that are silent for too long.
type idleListener struct {
	net.Listener
	idle time.Duration
	cuts *atomic.Int64
}

func (l idleListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	watched := &idleConn{Conn: c, over: make(chan struct{})}
	watched.read.Store(time.Now().UnixNano())
	watched.wrote.Store(time.Now().UnixNano())
	go watched.watch(l.idle, l.cuts) // ends with the connection
	return watched, nil
}

// idleConn is a connection that is closed when it is idle.
type idleConn struct {
	net.Conn
	upgraded    atomic.Bool
	read, wrote atomic.Int64 // when it was last
	over        chan struct{}
	ended       atomic.Bool
}

func withConn(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

func (c *idleConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Store(time.Now().UnixNano())
	return n, err
}

func (c *idleConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.wrote.Store(time.Now().UnixNano())
	return n, err
}

func (c *idleConn) Close() error {
	if !c.ended.Swap(true) {
		close(c.over)
	}
	return c.Conn.Close()
}

func (c *idleConn) watch(idle time.Duration, cuts *atomic.Int64) {
	for {
		last := max(c.read.Load(), c.wrote.Load())
		if c.upgraded.Load() {
			last = min(c.read.Load(), c.wrote.Load())
		}
		left := idle - time.Since(time.Unix(0, last))
		if left <= 0 {
			if c.upgraded.Load() {
				cuts.Add(1)
			}
			_ = c.Close()
			return
		}
		select {
		case <-c.over:
			return
		case <-time.After(left):
		}
	}
}

func answers(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// takesOver answers a request with what a function does with its connection, which is then closed.
func takesOver(does func(net.Conn, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			does(c, r)
			_ = c.Close()
		}
	}
}

// swallow reads until the client goes, and answers nothing.
func swallow(c net.Conn, _ *http.Request) { _, _ = io.Copy(io.Discard, c) }

// A proxy that speaks SPDY only is no obstacle: podtracer does, too. One that does not know SPDY refuses it in its own way.
func TestThroughAProxyThatKnowsOnlyOneWayARunIsWhole(t *testing.T) {
	t.Parallel()
	t.Run("SPDY", func(t *testing.T) {
		t.Parallel()
		g := newGateway(t, socketUpgrade, answers(http.StatusBadRequest), 0)
		l := g.newLaptop(t, "spdy")
		l.run("--max-packets", "20", "-f", "web.pcapng", "--", "tcpdump", "-i", "eth0", "-n").succeeds(t).says(t, "saved 20 packets", "complete")
		if g.sockets.Load() != 0 || g.spdy.Load() == 0 {
			t.Errorf("%d WebSockets and %d SPDY connections were asked for", g.sockets.Load(), g.spdy.Load())
		}
		noHelperOf(t, l.label)
	})
	for name, refuse := range map[string]http.HandlerFunc{
		"400": answers(http.StatusBadRequest), "403": answers(http.StatusForbidden), "404": answers(http.StatusNotFound),
		"426": answers(http.StatusUpgradeRequired), "502": answers(http.StatusBadGateway), "200": answers(http.StatusOK),
		"closes": takesOver(func(c net.Conn, _ *http.Request) {}),
		"hangs":  takesOver(swallow),
		"swallows": takesOver(func(c net.Conn, r *http.Request) {
			fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v5.channel.k8s.io\r\n\r\n")
			swallow(c, r)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, spdyUpgrade, refuse, 0)
			l := g.newLaptop(t, "socket-"+name)
			l.run("--max-packets", "20", "-f", "web.pcapng", "--", "tcpdump", "-i", "eth0", "-n").succeeds(t).says(t, "saved 20 packets", "complete")
			if g.sockets.Load() == 0 || g.spdy.Load() == 0 {
				t.Errorf("%d WebSockets and %d SPDY connections were asked for", g.sockets.Load(), g.spdy.Load())
			}
			noHelperOf(t, l.label)
		})
	}
}

// tunnels is an HTTP proxy that only connects; it counts how often. Over TLS it has the API server's certificate: podtracer trusts only the
// cluster's authority.
func tunnels(t *testing.T, over string) (url string, connected *atomic.Int64) {
	t.Helper()
	connected = new(atomic.Int64)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		api, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer api.Close()
		connected.Add(1)
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { // ends with the connection
			_, _ = io.Copy(api, buffered)
			_ = api.Close()
		}()
		_, _ = io.Copy(c, api)
	})}
	listener := listens(t)
	done := make(chan error, 1)
	go func() { // ends with the server
		if over == "https" {
			server.Protocols = new(http.Protocols)
			server.Protocols.SetHTTP1(true) // Go's client connects in HTTP/1.1, whatever a proxy offers
			pki := filepath.Join(filepath.Dir(os.Getenv("KUBECONFIG")), "pki")
			done <- server.ServeTLS(listener, filepath.Join(pki, "apiserver.crt"), filepath.Join(pki, "apiserver.key"))
		} else {
			done <- server.Serve(listener)
		}
	}()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return over + "://" + listener.Addr().String(), connected
}

func TestThroughTheProxyOfTheEnvironmentOrTheKubeconfigARunIsWhole(t *testing.T) {
	t.Parallel()
	for name, over := range map[string]string{"HTTPS_PROXY": "http", "HTTPS_PROXY over TLS": "https", "proxy-url": "http"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			way, connected := tunnels(t, over)
			l := newLaptop(t, strings.ToLower(strings.ReplaceAll(name, " ", "-")), apiServer(t))
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			run := l.running(ctx, "--max-packets", "20", "-f", "web.pcapng", "--", "tcpdump", "-i", "eth0", "-n")
			if name == "proxy-url" {
				kubectl(t, "--kubeconfig", filepath.Join(l.dir, "kubeconfig"), "config", "set-cluster", "podtracer", "--proxy-url="+way)
			} else {
				run.Env = append(run.Env, "HTTPS_PROXY="+way)
			}
			l.ended(ctx, run).succeeds(t).says(t, "saved 20 packets", "complete")
			if connected.Load() < 2 {
				t.Errorf("%d connections went through the proxy", connected.Load())
			}
			noHelperOf(t, l.label)
		})
	}
}
