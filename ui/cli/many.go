package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cli/beside"
	"github.com/fennec-project/podtracer/ui/cli/keyboard"
	"github.com/fennec-project/podtracer/ui/cli/merged"
	"github.com/fennec-project/podtracer/ui/cli/target"
	"github.com/fennec-project/podtracer/ui/tty"
)

// many is one tool in many pods: a set of runs, which pods join and leave.
type many struct {
	*runOptions
	argv   []string
	crowd  target.Crowd
	spread bool // the pods may be of several namespaces
	runs   *tools.Runs
	set    tools.SetID

	together *launch.Gate // of the pods that were there at first
	most     int          // pods at once
	stop     func()       // stops all runs, and lets no pod join
	ended    chan *member

	known     map[string]bool // UIDs of pods that run, have run, or that something was said of
	names     map[string]int  // how often a pod of that name came, by namespace/name
	order     []*member       // in the order of their starts
	joining   bool            // all pods that were there at first have been started
	active    int             // members that have not ended
	unstarted []unstarted     // pods in which nothing could be started
	advised   map[string]bool // hints that were given
	files     []report.File   // of the set as one
	silent    error           // why pods that come are not noticed, if that was said

	turn   sync.Mutex // held while a line is written to standard error
	mu     sync.Mutex
	labels map[int]string // of runs
}

func (r *runOptions) gather(ctx context.Context, w *world) (target.Crowd, error) {
	defer r.tellSilence(w.cluster)()
	return r.targets.Gather(ctx, w.cluster)
}

// runMany runs the tool in all pods that were asked for.
func (r *runOptions) runMany(ctx context.Context, w *world, argv []string, told *runReport) (err error) {
	crowd, err := r.gather(ctx, w)
	if err != nil {
		return err
	}
	told.Node = w.here.Name
	m := &many{
		runOptions: r, argv: argv, crowd: crowd, spread: !r.targets.OneNamespace(w.cluster.Namespace()), known: map[string]bool{}, names: map[string]int{}, advised: map[string]bool{}, labels: map[int]string{},
	}
	if m.most, err = r.allowed(ctx, len(crowd.Pods)+len(crowd.Later)); err != nil {
		return err
	}
	if err := m.checkFiles(); err != nil {
		return err
	}
	if crowd.Matching != nil || slices.ContainsFunc(crowd.Pods, func(p k8s.Pod) bool { reach := w.local().Reach(&p); return reach.Elsewhere() || reach.Unsure() }) {
		w.reachFar(ctx, r.options)
	}
	ctx, cancel := context.WithCancelCause(ctx) // ends the tools when the terminal is gone
	defer cancel(nil)
	m.stop = func() { cancel(nil) }
	if m.runs, err = w.runs(ctx, r.options, crowd, w.cluster); err != nil {
		return err
	}
	defer func() { err = r.behind(err, m.runs.Close()) }()
	r.tellLeft(m.runs.LeftNews())
	w.cluster.LeaveTerminal()
	heard, err := keyboard.Open(ctx, r.streams.In, r.streams.Out, r.streams.Err, false, nil, func() { cancel(tty.ErrGone) })
	if err != nil {
		return err
	}
	defer heard.Close()
	if crowd.Matching != nil {
		following, enough := context.WithCancel(context.WithoutCancel(ctx)) // pods are watched until all runs have ended
		defer crowd.Matching.Follow(following)()
		defer enough()
	}
	return m.conclude(ctx, heard, told)
}

// checkFiles refuses, before anything starts, files of the pods that are there already.
func (m *many) checkFiles() error {
	if !m.each {
		return nil
	}
	var errs []error
	for _, p := range slices.Concat(m.crowd.Pods, m.crowd.Later) {
		errs = append(errs, m.checkOwnFile(merged.FileName(m.file, p, 1)))
	}
	return errors.Join(errs...)
}

// conclude starts the runs, follows them and those that join to their ends, delivers their output and says what became of it.
func (m *many) conclude(ctx context.Context, k *keyboard.Keyboard, told *runReport) error {
	whole := context.WithoutCancel(ctx)
	m.set = m.runs.NewSet()
	m.ended = make(chan *member)
	over, end := context.WithCancel(whole)
	defer end()
	defer context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), tty.ErrGone) {
			m.unread()
		}
	})()
	delivered := m.deliver(over)
	m.together = launch.NewGate()
	m.said = beside.New(m.streams.Err)
	defer context.AfterFunc(ctx, m.said.Stop)()
	for _, p := range m.crowd.Pods {
		m.start(whole, p)
	}
	m.together.Full()
	m.tellUnstarted()
	m.joining = true
	for _, p := range m.crowd.Later {
		m.say("%s is %s, and joins when its network is there", p, p.Status)
	}
	m.follow(ctx)
	end()
	code := m.saveSet(whole) // before anybody is waited for who may never read
	var undelivered error
	if toTerminal := m.file == "" || m.stdout; toTerminal && errors.Is(context.Cause(ctx), tty.ErrGone) {
		undelivered = tty.ErrGone // the terminal may take nothing any more
	} else {
		undelivered = m.awaitReader(delivered)
	}
	m.said.Wait(m.work.Hurried())
	k.Close()
	m.tellClocks()
	m.total()
	for _, one := range m.statuses() {
		code = max(code, one)
	}
	if undelivered != nil {
		m.explainUndelivered(undelivered)
		code = max(code, tools.StatusLost)
	}
	if errors.Is(undelivered, errUnread) {
		m.keepAll()
	}
	code = max(code, m.unsaid())
	told.many(m, code)
	if code != 0 {
		return status(code)
	}
	return nil
}

// deliver writes the merged text to standard output, if it is wanted there, until over ends and all of it is written.
func (m *many) deliver(over context.Context) <-chan error {
	delivered := make(chan error, 1)
	if m.file != "" && !m.stdout {
		delivered <- nil
		return delivered
	}
	to := merged.Output{Out: m.output("-f FILE"), Notes: &merged.Lines{To: m.streams.Err, Turn: &m.turn}, Label: m.label, Terminal: keyboard.Size(m.streams.Out) != nil}
	go func() { // ends with over, unless standard output is a terminal that takes nothing any more
		missing, err := merged.Copy(over, m.runs, m.set, to)
		if missing > 0 {
			err = errors.Join(err, fmt.Errorf("%d lines came faster than it took them, and are missing", missing))
		}
		if err != nil {
			m.stop()
			m.unread()
		}
		delivered <- err
	}()
	return delivered
}

// unread keeps the runs from going on until all of their output has become lines, which nobody would see.
func (m *many) unread() { _ = m.runs.Unread(m.set) } // fails only for a set that does not exist

// label is what stands before the lines of a run.
func (m *many) label(run int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.labels[run]
}

// follow waits until each run has ended, and starts those of pods that join meanwhile.
func (m *many) follow(ctx context.Context) {
	news := make(chan k8s.Matched)
	listening, enough := context.WithCancel(ctx)
	var listener sync.WaitGroup
	defer listener.Wait()
	defer enough()
	if m.crowd.Matching != nil {
		listener.Go(func() { m.listen(listening, news) }) // ends with listening
	}
	for m.active > 0 {
		select {
		case one := <-m.ended:
			m.active--
			m.tell(one)
		case now := <-news:
			m.join(context.WithoutCancel(ctx), now)
		}
	}
}

func (m *many) listen(ctx context.Context, news chan<- k8s.Matched) {
	for seen := uint64(0); ; {
		now, version, err := m.crowd.Matching.Next(ctx, seen)
		if err != nil {
			return
		}
		seen = version
		select {
		case news <- now:
		case <-ctx.Done():
			return
		}
	}
}

// join starts the tool in pods that match now and did not before.
func (m *many) join(ctx context.Context, now k8s.Matched) {
	if now.Err != nil && m.silent == nil {
		m.complain("", fmt.Errorf("pods that come to match are not noticed: %w", now.Err))
	}
	m.silent = now.Err
	for _, p := range now.Pods {
		if m.known[p.UID] || !target.Entered(p) {
			continue
		}
		if m.active >= m.most {
			m.known[p.UID] = true
			m.say("%s matches, too, and is left out: --max-pods allows %d", p, m.most)
			continue
		}
		if timer := m.limits.OfRun().Timer; timer > 0 && m.together.Since() >= timer {
			continue
		}
		m.say("%s joins", p)
		m.start(ctx, p)
	}
}

// member is one of the runs.
type member struct {
	pod    k8s.Pod
	id     tools.RunID
	file   string // of its own; "" if it has none
	said   *merged.Lines
	speaks *beside.Tool
	state  tools.State
	saved  *save.File
	unsafe error // why its own file was not saved
	status int
}

// start starts the tool in a pod. If that is not possible, the others go on, and the exit status says so.
func (m *many) start(ctx context.Context, p k8s.Pod) {
	m.known[p.UID] = true
	m.names[p.String()]++
	label := merged.Label(p, m.spread)
	one := &member{pod: p, said: &merged.Lines{To: m.said, Turn: &m.turn, Label: label, Terminal: keyboard.Size(m.streams.Err) != nil}}
	if m.each {
		one.file = merged.FileName(m.file, p, m.names[p.String()])
	}
	err := m.launch(one, label)
	if err != nil {
		m.unstarted = append(m.unstarted, unstarted{p, err})
		if m.joining {
			m.complain(p.String(), err)
		}
		return
	}
	if p.HostNetwork {
		m.say("%s", hostNetworkNote(p))
	}
	m.order, m.active = append(m.order, one), m.active+1
	go func() { // ends with the run, and when follow has heard of it
		one.state, _ = m.runs.Wait(ctx, one.id) // fails only for a run that does not exist
		one.said.Flush()
		m.said.Settle() // what is told of the run comes behind what it has said
		m.saveOwn(ctx, one)
		m.ended <- one
	}()
}

func (m *many) launch(one *member, label string) error {
	if one.file != "" {
		if err := m.checkOwnFile(one.file); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock() // lines of the run wait for its label
	one.speaks = m.said.Tool()
	id, err := m.runs.Start(m.requestOf(one, label))
	if err != nil {
		one.speaks.Over()
		return err
	}
	one.id, m.labels[int(id)] = id, label
	return err
}
