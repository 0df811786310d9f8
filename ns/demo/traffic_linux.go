package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/fennec-project/podtracer/ns"
)

// patience is how long traffic waits for an answer.
const patience = 2 * time.Second

// start calls prepare, then runs the returned function in a goroutine. It ends with ctx, with the pod or with the demo; RemovePod and
// Close wait for it. While it runs, the pod's namespace is held.
func (d *Node) start(ctx context.Context, uid string, prepare func(*podNet) (run func(context.Context), err error)) error {
	ctx, stop := context.WithCancel(ctx)
	pod, err := d.claim(uid, stop)
	if err != nil {
		stop()
		return err
	}
	run, err := prepare(pod)
	if err != nil {
		stop()
		pod.traffic.Done()
		return err
	}
	go func() { // ended by ctx, see above
		defer pod.traffic.Done()
		defer stop()
		run(ctx)
	}()
	return nil
}

// claim keeps the pod from going until its traffic.Done is called; stop ends the traffic.
func (d *Node) claim(uid string, stop context.CancelFunc) (*podNet, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	pod := d.pods[uid]
	if pod == nil {
		return nil, fmt.Errorf("start traffic of demo pod %s: %w", uid, ns.ErrNotHere)
	}
	pod.traffic.Add(1)
	pod.stops = append(pod.stops, stop)
	return pod, nil
}

// repeat calls f at about that interval until ctx ends, slightly irregularly, as people do.
func repeat(ctx context.Context, every time.Duration, f func()) {
	for {
		wait := time.NewTimer(time.Duration(float64(every) * (0.75 + rand.Float64()/2)))
		select {
		case <-wait.C:
			f()
		case <-ctx.Done():
			wait.Stop()
			return
		}
	}
}

// whenDone calls f when ctx ends, unless the returned function was called before. That function waits for f if f is running.
func whenDone(ctx context.Context, f func()) (release func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		f()
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// inside opens a socket in the pod. The address must be a literal, so that the socket is made on the thread in the pod; it stays in the
// pod when the thread has ended.
func inside[T any](pod *podNet, open func() (T, error)) (opened T, err error) {
	err = pod.netns.Do(func() (err error) {
		opened, err = open()
		return err
	})
	return opened, err
}

func (p *podNet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return inside(p, func() (net.Conn, error) {
		return (&net.Dialer{Timeout: patience}).DialContext(ctx, network, address)
	})
}

func (p *podNet) listen(ctx context.Context, port uint16) (net.Listener, error) {
	config := net.ListenConfig{}
	config.SetMultipathTCP(false) // with MPTCP, ss would show sockets of a kind that pods rarely have
	return inside(p, func() (net.Listener, error) {
		return config.Listen(ctx, "tcp", fmt.Sprintf(":%d", port))
	})
}

func (p *podNet) listenPacket(network, address string) (net.PacketConn, error) {
	return inside(p, func() (net.PacketConn, error) { return net.ListenPacket(network, address) })
}
