package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// ServeHTTP serves a small shop in the pod: / at once; /api/cart, which is slower and sometimes fails with 503; /healthz, which
// closes the connection after its answer; 404 for everything else.
func (d *Node) ServeHTTP(ctx context.Context, uid string, port uint16) error {
	return d.start(ctx, uid, func(pod *podNet) (func(context.Context), error) {
		l, err := pod.listen(ctx, port)
		if err != nil {
			return nil, fmt.Errorf("serve HTTP in demo pod %s: %w", uid, err)
		}
		return func(ctx context.Context) { serveShop(ctx, l) }, nil
	})
}

// serveShop ends with ctx, but not before all of its connections.
func serveShop(ctx context.Context, l net.Listener) {
	var conns sync.WaitGroup
	server := &http.Server{
		Handler:           shop(),
		ReadHeaderTimeout: patience,
		ErrorLog:          log.New(io.Discard, "", 0), // the terminal belongs to the console
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				conns.Add(1)
			case http.StateClosed:
				conns.Done()
			}
		},
	}
	closeServer := func() { _ = server.Close() } // errors about connections that end do not matter
	release := whenDone(ctx, closeServer)
	_ = server.Serve(l) // returns only when it was closed
	release()
	closeServer() // again, for a connection that was accepted during the first call
	conns.Wait()
}

func shop() http.Handler {
	var carts atomic.Uint64
	answer := func(w http.ResponseWriter, r *http.Request, kind string, after time.Duration, status int, body string) {
		if after > 0 {
			select {
			case <-time.After(after):
			case <-r.Context().Done():
			}
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may have gone
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, "text/html", 0, http.StatusOK, "<!doctype html><title>shop</title><h1>Welcome</h1>\n")
	})
	mux.HandleFunc("GET /api/cart", func(w http.ResponseWriter, r *http.Request) {
		if carts.Add(1)%20 == 0 {
			answer(w, r, "application/json", 120*time.Millisecond, http.StatusServiceUnavailable, `{"error":"stock did not answer"}`+"\n")
			return
		}
		answer(w, r, "application/json", 15*time.Millisecond, http.StatusOK, `{"items":3,"total":"41.90"}`+"\n")
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		answer(w, r, "text/plain", 0, http.StatusOK, "ok\n")
	})
	return mux
}

// FetchHTTP gets a page again and again from inside the pod. The host of the URL is an address, or a name that is looked up at the demo's
// DNS server for each connection; a connection is used as long as the server keeps it open. Failures (no such name, a closed port, a
// pod that is gone) make traffic, too, and are repeated at the same pace.
func (d *Node) FetchHTTP(ctx context.Context, uid, page string, every time.Duration) error {
	target, err := url.Parse(page)
	if err != nil || target.Scheme != "http" {
		return fmt.Errorf("fetch %s from demo pod %s: not an http:// URL", page, uid)
	}
	return d.start(ctx, uid, func(pod *podNet) (func(context.Context), error) {
		return func(ctx context.Context) {
			client := httpClient{pod: pod, dns: d.dnsServer, target: target}
			defer client.hangUp()
			repeat(ctx, every, func() { client.fetch(ctx) })
		}, nil
	})
}

// httpClient speaks HTTP/1.1 on one connection and on the caller's goroutine. net/http's transport would dial, read and write on its own
// goroutines, for which nobody can wait.
type httpClient struct {
	pod    *podNet
	dns    func() netip.Addr
	target *url.URL

	conn   net.Conn // nil if not connected
	reader *bufio.Reader
}

func (c *httpClient) fetch(ctx context.Context) {
	if c.conn == nil && c.connect(ctx) != nil {
		return
	}
	if keep, err := c.exchange(ctx); err != nil || !keep {
		c.hangUp()
	}
}

func (c *httpClient) connect(ctx context.Context) error {
	addr, err := netip.ParseAddr(c.target.Hostname())
	if err != nil {
		addrs, err := lookup(ctx, c.pod, c.dns(), c.target.Hostname())
		if err != nil {
			return err
		}
		addr = addrs[0]
	}
	port := c.target.Port()
	if port == "" {
		port = "80"
	}
	c.conn, err = c.pod.dial(ctx, "tcp", net.JoinHostPort(addr.String(), port))
	if err != nil {
		c.conn = nil
		return err
	}
	c.reader = bufio.NewReader(c.conn)
	return nil
}

// exchange sends a request and reads the answer; keep says that the connection can be used again.
func (c *httpClient) exchange(ctx context.Context) (keep bool, err error) {
	conn := c.conn
	defer whenDone(ctx, func() { _ = conn.Close() })() // exchange returns the error that the end of ctx causes
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return false, err
	}
	request := &http.Request{Method: http.MethodGet, URL: c.target, Host: c.target.Host, Header: http.Header{"User-Agent": {"shop/1.0"}}}
	if err := request.Write(conn); err != nil {
		return false, err
	}
	response, err := http.ReadResponse(c.reader, request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return !response.Close, err
}

func (c *httpClient) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close() // the end of ctx may have closed it
		c.conn = nil
	}
}
