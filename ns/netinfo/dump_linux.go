package netinfo

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A pod may have any number of routes, interfaces and sockets. Nobody reads more than this many of a kind.
const (
	mostAnswers   = 10_000
	mostBytes     = 16 << 20
	mostLook      = 3 * time.Second        // time limit for all questions together
	lateLook      = 100 * time.Millisecond // extra time to deliver what was read by then
	mostAnswering = time.Second            // time limit for one piece of an answer: somebody in the pod may keep the kernel busy
)

var (
	errMany     = errors.New("there are too many, and the rest was left out")
	errModified = errors.New("it was changed meanwhile")
)

// dump asks the kernel for a list, in the network of the calling thread, and passes it to take piece by piece. take says whether the
// piece was asked for; at most mostAnswers of these are accepted. Pieces taken before an error are valid.
//
// Errors: errMany, errModified, the error of ctx; those of the kernel.
func dump(ctx context.Context, protocol, kind int, question nl.NetlinkRequestData, take func([]byte) bool) error {
	socket, err := nl.Subscribe(protocol) // to no group; a socket of its own, whose closing ends the dump
	if err != nil {
		return err
	}
	defer socket.Close()
	if err := socket.SetReceiveTimeout(&unix.Timeval{Sec: int64(mostAnswering / time.Second)}); err != nil {
		return err
	}
	request := nl.NewNetlinkRequest(kind, unix.NLM_F_DUMP)
	request.AddData(question)
	if err := socket.Send(request); err != nil {
		return err
	}
	var modified error
	answers, bytes := 0, 0
	for {
		pieces, _, err := socket.Receive()
		if err != nil {
			return err
		}
		for _, p := range pieces {
			switch {
			case p.Header.Seq != request.Seq:
				continue
			case p.Header.Type == unix.NLMSG_DONE:
				return modified
			case p.Header.Type == unix.NLMSG_ERROR:
				return failure(p.Data)
			case p.Header.Flags&unix.NLM_F_DUMP_INTR != 0:
				modified = errModified
			}
			if bytes += len(p.Data); answers >= mostAnswers || bytes > mostBytes {
				return fmt.Errorf("after %d: %w", answers, errMany)
			}
			if take(p.Data) {
				answers++
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("after %d: %w", answers, context.Cause(ctx))
		}
	}
}

// failure reads struct nlmsgerr.
func failure(data []byte) error {
	if len(data) < 4 {
		return unix.EBADMSG
	}
	return syscall.Errno(-int32(nl.NativeEndian().Uint32(data)))
}

// again asks a second time if the list changed while it was read, after forget has dropped the first answer. The second answer is accepted
// in any case.
func again(ask func() error, forget func()) error {
	err := ask()
	if errors.Is(err, errModified) {
		forget()
		err = ask()
	}
	if errors.Is(err, errModified) {
		err = nil
	}
	return err
}
