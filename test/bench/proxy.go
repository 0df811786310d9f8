//go:build unix

package main

import (
	"io"
	"net"
	"sync"
)

// cutting is a proxy that cuts all connections each time when so many bytes have come since the last time, so many times.
type cutting struct {
	listener net.Listener
	server   string
	after    int64
	running  sync.WaitGroup

	mu    sync.Mutex
	cuts  int // still to come
	came  int64
	conns map[net.Conn]bool
}

func newCutting(server func(address string) (string, error), after int64, cuts int) (*cutting, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &cutting{listener: listener, after: after, cuts: cuts, conns: map[net.Conn]bool{}}
	if p.server, err = server(listener.Addr().String()); err != nil {
		listener.Close()
		return nil, err
	}
	p.running.Go(func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.running.Go(func() { p.pass(conn) }) // ends with the connection
		}
	})
	return p, nil
}

func (p *cutting) pass(conn net.Conn) {
	defer conn.Close()
	api, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer api.Close()
	p.mu.Lock()
	p.conns[conn], p.conns[api] = true, true
	p.mu.Unlock()
	p.running.Go(func() { // ends with the connection
		_, _ = io.Copy(api, conn)
		api.Close()
	})
	_, _ = io.Copy(io.MultiWriter(conn, p), api)
}

// Write counts what has come.
func (p *cutting) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.came += int64(len(b)); p.came >= p.after && p.cuts > 0 {
		p.came = 0
		p.cuts--
		p.endAll()
	}
	return len(b), nil
}

// endAll ends all connections; the caller holds mu.
func (p *cutting) endAll() {
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

// close ends the proxy, and says how many cuts did not come.
func (p *cutting) close() (left int) {
	p.listener.Close()
	p.mu.Lock()
	p.endAll()
	left = p.cuts
	p.mu.Unlock()
	p.running.Wait()
	return left
}
