package afar

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Order is a run that goes on without a console, as it travels to the process that owns it.
type Order struct {
	Pod     k8s.Pod
	Argv    []string
	Limits  tools.Limits
	Ring    tools.Ring
	Headers bool
	By      string
	Linger  time.Duration // how long the process waits for somebody who fetches the output; 0: it ends with the run
	Adopt   *Adoption     `json:",omitempty"` // nil: the tool is started
}

// Keeps is how many bytes of output there will be at most; 0: nothing says.
func (o Order) Keeps() int64 {
	switch size := o.Limits.Size; {
	case o.Ring.Size > 0:
		return o.Ring.Size
	case size == 0:
		return tools.DefaultSize
	default:
		return max(0, size)
	}
}

// Adoption says of a run whose tool runs already how the process goes on with it: it follows the tool by its name, through the agent beside
// it; or it has the files of the tool.
type Adoption struct {
	Name          string
	Held          *launch.Held `json:",omitempty"`
	Size          int64        `json:",omitempty"` // bytes that the tool has written
	Words         []byte       `json:",omitempty"` // that it has said
	Packets, Live bool
	Merged        bool // its standard error is in its output
	Since         time.Time
}

// Times of detached runs.
const (
	UsualDeadline = time.Hour       // where nobody has chosen one
	FetchTime     = time.Hour       // in which the output is fetched, before a helper ends
	slack         = 5 * time.Minute // for winding up
)

// orderOf is the order for a run that is handed over.
func (r *Runs) orderOf(h tools.Handover, most time.Duration) Order {
	order := Order{
		Pod: h.Pod, Argv: h.Argv, Limits: h.Limits, Ring: h.Ring, Headers: h.Headers, By: r.By,
		Adopt: &Adoption{Name: h.Name, Packets: h.Packets, Live: h.Live, Merged: h.Merged, Since: h.Since},
	}
	if timer := &order.Limits.Timer; *timer == 0 || *timer > most {
		*timer = most
	}
	return order
}

// TakeOver has a run go on without this console, for that long at most: a process in its helper follows the tool from its first byte, and
// owns it from then on. For a tool of this node it is an heir, which tells placed where the run is once it has begun.
//
// Errors: a helper that ends before that; those of the process.
func (r *Runs) TakeOver(ctx context.Context, h tools.Handover, most time.Duration, placed func(place string)) (tools.Heir, error) {
	if err := detached.CheckCommand(h.Argv); err != nil {
		return nil, err
	}
	if h.Grip != nil {
		return r.inherit(h, most, placed)
	}
	place, err := r.takeOverThere(ctx, h, most)
	if err == nil {
		placed(place)
	}
	return nil, err
}

// heir is a tools.Heir.
type heir struct {
	*detached.Heir
	order  Order
	placed func(id string)
}

func (h heir) Begin(size int64, words []byte) error {
	h.order.Adopt.Size, h.order.Adopt.Words = size, words
	text, err := json.Marshal(h.order)
	if err != nil {
		return err
	}
	id, err := h.Heir.Begin(text)
	if err == nil {
		h.placed(id)
	}
	return err
}

// inherit starts, beside this process, the one that goes on with a tool of this node.
func (r *Runs) inherit(h tools.Handover, most time.Duration, placed func(place string)) (tools.Heir, error) {
	order := r.orderOf(h, most)
	order.Adopt.Held = &h.Grip.Held
	process, err := r.Heir(append(slices.Clone(h.Grip.Files), h.Kept))
	if err != nil {
		return nil, err
	}
	return heir{process, order, func(id string) { placed(strings.TrimPrefix(r.Own+":", ":") + id) }}, nil
}

func (r *Runs) takeOverThere(ctx context.Context, h tools.Handover, most time.Duration) (place string, err error) {
	namespace, name := r.HelperOn(h.Pod.Node)
	cluster := r.cluster()
	if name == "" || cluster == nil {
		return "", fmt.Errorf("there is no helper on node %s", h.Pod.Node)
	}
	order := r.orderOf(h, most)
	order.Linger = FetchTime
	ends, err := cluster.EndsBy(ctx, namespace, name)
	if err != nil {
		return "", err
	}
	if left := time.Until(ends) - slack - FetchTime; !ends.IsZero() && left < order.Limits.Timer { // there is time to fetch it
		return "", hint.Add(fmt.Errorf("the helper on node %s ends at %s, and the output stays for %s before that", h.Pod.Node, ends.Local().Format(time.DateTime), FetchTime),
			"choose at most "+figures.Duration(max(0, left).Truncate(time.Minute)))
	}
	text, err := json.Marshal(order)
	if err != nil {
		return "", err
	}
	id, err := r.spawn(ctx, namespace, name, text)
	if errors.Is(err, errSilent) { // it may own the run all the same
		if id = r.ownerOf(ctx, namespace, name, order); id != "" {
			err = nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("detach it on node %s: %w", h.Pod.Node, err)
	}
	return namespace + "/" + name + ":" + id, nil
}

var errSilent = errors.New("the helper does not say that it owns the run")

// ownerOf looks for a run that goes on in a pod and is that of an order, and returns its ID; "" if there is none.
func (r *Runs) ownerOf(ctx context.Context, namespace, name string, order Order) (id string) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	away, err := agent.Reach(r.Keeper(namespace, name), func() {})
	if err != nil {
		return ""
	}
	defer away.Close()
	for ; ctx.Err() == nil; pause.For(ctx, lookForOwner) { // it may not have begun yet
		all, _ := away.Detached(ctx) // asked again
		for _, a := range all {
			if a.Began.Equal(order.Adopt.Since) && a.Pod == order.Pod.String() && slices.Equal(a.Argv, order.Argv) && a.Follows() {
				return a.ID
			}
		}
	}
	return ""
}

const lookForOwner = time.Second

// spawn starts the process that owns a run, in a pod.
func (r *Runs) spawn(ctx context.Context, namespace, name string, order []byte) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*answerTime)
	defer cancel()
	in, out := io.Pipe()
	go func() { // ends with the exec
		out.CloseWithError(r.Owner(ctx, namespace, name, bytes.NewReader(append(order, '\n')), out))
	}()
	said, err := bufio.NewReader(in).ReadBytes('\n')
	defer in.Close()
	var started detached.Started
	switch {
	case json.Unmarshal(said, &started) != nil:
		return "", errors.Join(errSilent, err)
	case started.Error != "":
		return "", hint.Add(errors.New(started.Error), started.Hint)
	default:
		return started.ID, nil
	}
}
