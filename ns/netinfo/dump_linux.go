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

// A pod can have as many routes, interfaces and sockets as it likes. More of a kind than this nobody reads.
const (
	mostAnswers   = 10_000
	mostBytes     = 16 << 20
	mostLook      = 3 * time.Second        // for all that is asked
	lateLook      = 100 * time.Millisecond // after that, for what was read by then
	mostAnswering = time.Second            // of the kernel, which somebody in the pod may keep busy, for one piece
)

var (
	errMany     = errors.New("there are too many, and the rest was left out")
	errModified = errors.New("it was changed meanwhile")
)

// dump asks the kernel for a list, in the network of the calling thread, and gives it out piece by piece. take says whether the piece
// is one of those that were asked for, of which there may be mostAnswers. What was taken counts also with an error.
//
// Errors: errMany, errModified, that of ctx; those of the kernel.
func dump(ctx context.Context, protocol, kind int, question nl.NetlinkRequestData, take func([]byte) bool) error {
	socket, err := nl.Subscribe(protocol) // to nothing: a socket of our own, whose closing ends a dump
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

// again asks once more when a change came in between, which makes a list doubtful; the second answer is taken as it is. forget lets
// go of the first one.
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
