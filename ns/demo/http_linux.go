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

// ServeHTTP serves a small shop in the pod: / at once; /api/cart, which is slower and now and then 503; /healthz, which
// closes the connection after its answer; 404 for all else.
func (d *Node) ServeHTTP(ctx context.Context, uid string, port uint16) error {
	return d.start(ctx, uid, func(pod *podNet) (func(context.Context), error) {
		l, err := pod.listen(ctx, port)
		if err != nil {
			return nil, fmt.Errorf("serve HTTP in demo pod %s: %w", uid, err)
		}
		return func(ctx context.Context) { serveShop(ctx, l) }, nil
	})
}

// serveShop ends with ctx, and not before all of its connections.
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
	closeServer := func() { _ = server.Close() } // what it says about connections that end is of no use
	release := whenDone(ctx, closeServer)
	_ = server.Serve(l) // always an error: that it was closed
	release()
	closeServer() // again, for a connection that was accepted while the first closed the others
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
		_, _ = io.WriteString(w, body) // a client that went away needs no answer
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

// FetchHTTP gets a page again and again from inside the pod. The host of the URL is an address, or a name that the
// demo's DNS is asked for at each connection; the connection is kept as long as the server keeps it. Whatever goes
// wrong (no such name, a closed port, a pod that is gone) is traffic too, and is tried again at the same pace.
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

// httpClient speaks HTTP/1.1 on one connection and on the caller's goroutine. net/http's transport would dial, read and
// write on goroutines of its own, which nobody can wait for.
type httpClient struct {
	pod    *podNet
	dns    func() netip.Addr
	target *url.URL

	conn   net.Conn // nil while there is none
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
	defer whenDone(ctx, func() { _ = conn.Close() })() // exchange reports what the end of ctx broke
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
		_ = c.conn.Close() // it may be closed already, by the end of ctx
		c.conn = nil
	}
}
