package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cli/keyboard"
	"github.com/fennec-project/podtracer/ui/cli/verdict"
	"github.com/fennec-project/podtracer/ui/tty"
)

// giveKeys waits until the only run has begun, or has ended, and lets its tool have the keyboard.
func giveKeys(ctx context.Context, runs *tools.Runs, k *keyboard.Keyboard) {
	for seen := uint64(0); ; {
		list, version, err := runs.Next(ctx, seen)
		if err != nil {
			return
		}
		if len(list) > 0 && list[0].Phase != tools.Starting {
			k.Begun()
			return
		}
		seen = version
	}
}

// conclude follows the run to its end, delivers its output and tells the person what they have to know.
func (r *runOptions) conclude(ctx context.Context, runs *tools.Runs, id tools.RunID, k *keyboard.Keyboard, told *runReport, argv []string) error {
	// The output is delivered to the last byte, also after an interrupt: it is the tool that is stopped, not its reader.
	whole := context.WithoutCancel(ctx)
	delivered := r.deliver(whole, runs, id, argv)
	defer context.AfterFunc(ctx, r.said.Stop)()
	go giveKeys(whole, runs, k) // ends with the run at the latest
	if r.file != "" {           // a person who is in a hurry then gets the terminal back as it was
		defer context.AfterFunc(ctx, k.Close)()
	}
	state, err := runs.Wait(whole, id)
	if err != nil {
		return err
	}
	saved, unsaved := r.saveFile(whole, runs, state) // before anybody is waited for who may never read
	var undelivered error
	if toTerminal := r.file == "" || r.stdout; toTerminal && errors.Is(context.Cause(ctx), tty.ErrGone) {
		undelivered = tty.ErrGone // the terminal may take nothing any more: what has not been delivered by now never will be
	} else {
		undelivered = r.awaitReader(delivered)
	}
	r.said.Wait(r.work.Hurried())
	if !errors.Is(undelivered, tty.ErrGone) {
		takeBack(r.drawn)
	}
	k.Close()
	if k.Interrupted() && state.Exit.Signal == syscall.SIGINT {
		state.Cause = tools.ErrAsked // by the person, through the tool's own terminal
	}
	code := r.explain(state, undelivered)
	if unsaved != nil {
		complain(r.streams.Err, unsaved)
		code = max(code, tools.StatusLost)
		wanted := save.Target{Path: r.file}
		if errors.Is(unsaved, save.ErrForm) { // a file elsewhere cannot have that form either
			wanted = save.Target{}
		}
		saved = r.rescue(whole, runs, state, wanted)
	} else {
		r.tellFile(saved, state)
	}
	if saved == nil && isLost(undelivered) && state.Bytes > 0 {
		r.keep(runs, state)
	}
	code = max(code, r.unsaid())
	told.state(state, saved, code)
	told.Aligned = r.align
	if code != 0 {
		return status(code)
	}
	return nil
}

// deliver copies the run's output to standard output as it comes, if it is wanted there, and returns how that went.
//
// On a terminal it lets through only what draws, unless the tool is known to need the whole terminal: names and packets come from
// the pod.
func (r *runOptions) deliver(ctx context.Context, runs *tools.Runs, id tools.RunID, argv []string) <-chan error {
	delivered := make(chan error, 1)
	if r.file != "" && !r.stdout {
		delivered <- nil
		return delivered
	}
	out := r.output("-f FILE")
	if keyboard.Size(r.streams.Out) != nil && !command.WantsTerminal(argv) {
		out = r.drawOn(r.streams.Out, tty.Interacting)
	}
	go func() { // ends with the run's output, unless standard output is a terminal that takes nothing any more
		err := runs.Copy(ctx, id, out)
		if err != nil {
			_ = runs.Stop(id) // nobody reads any more; fails only for a run that does not exist
		}
		delivered <- err
	}()
	return delivered
}

// lastRead is how long a reader of standard output gets whom nobody wants to wait for any longer.
const lastRead = 2 * time.Second

var errUnread = errors.New("it was not read, and podtracer was told a second time to end")

// awaitReader waits until all output was delivered, of a tool that has ended. Once somebody does not want to wait any longer, it returns
// errUnread soon.
func (r *runOptions) awaitReader(delivered <-chan error) error {
	select {
	case err := <-delivered:
		return err
	case <-r.work.Hurried():
	}
	select {
	case err := <-delivered:
		return err
	case <-time.After(lastRead):
		return errUnread
	}
}

// output is standard output. If it may have been closed, the person is told when it gets something, and what keeps that.
func (r *runOptions) output(keeps string) io.Writer {
	if !tty.MayBeClosed(r.streams.Out) {
		return r.streams.Out
	}
	return &unkept{Writer: r.streams.Out, tell: func() { r.say("standard output is closed, or thrown away: nobody has the output; %s keeps it", keeps) }}
}

// unkept is a standard output that may have been closed, so that nobody has what is written there. It is not called a loss: who
// starts podtracer may have thrown the output away on purpose.
type unkept struct {
	io.Writer
	said bool
	tell func()
}

func (u *unkept) Write(p []byte) (int, error) {
	if !u.said {
		u.said = true
		u.tell()
	}
	return u.Writer.Write(p)
}

// unsaid says that something which tools said is lost, and returns the exit status of that.
func (r *runOptions) unsaid() int {
	err := r.said.Lost()
	if err == nil {
		return 0
	}
	complain(r.streams.Err, err) // which may have room again
	return tools.StatusLost
}

// saveFile saves what came to -f, if there is one.
func (r *runOptions) saveFile(ctx context.Context, runs *tools.Runs, s tools.State) (*save.File, error) {
	if r.file == "" || s.Bytes == 0 && (s.Err != nil || s.WroteNoPackets()) {
		return nil, nil
	}
	saved, err := runs.Save(ctx, s.ID, save.Target{Path: r.file, Overwrite: r.overwrite, Align: r.align})
	if err != nil {
		return nil, err
	}
	return &saved, nil
}

// tellFile says what is in -f. saved may be nil.
func (r *runOptions) tellFile(saved *save.File, s tools.State) {
	switch {
	case saved != nil:
		r.tellSaved(*saved, s)
		if !s.Capture && save.IsCapture(r.file) {
			r.say("no verdict: the file is as %s wrote it; podtracer counts and checks packets of tcpdump's captures only", s.Tool())
		}
	case r.file != "" && s.Err == nil: // the tool has said why, and its exit status says it again
		r.say("%s wrote no packets, so there is no %s", s.Tool(), r.file)
	}
}

// tellSaved says what was saved, and to a person at a terminal how it gets to their machine.
func (r *runOptions) tellSaved(saved save.File, s tools.State) {
	r.say("%s", verdict.Saved(saved, s))
	r.tellStream("", saved)
	if r.fetch == nil || keyboard.Size(r.streams.Err) == nil {
		return
	}
	if line := r.fetch(saved.Path); line != "" {
		advise(r.streams.Err, "on your own machine: "+line)
	}
}

// tellStream says where the whole stream of a capture that broke is. pod names it among many, and is "" for one alone.
func (o *options) tellStream(pod string, saved save.File) {
	if line := verdict.Stream(saved); line != "" {
		say(o.streams.Err, "%s", strings.TrimPrefix(pod+": "+line, ": "))
	}
}

// isLost says that output was not delivered, for another reason than that its reader went away: whoever closed the reader has
// seen the output so far.
func isLost(undelivered error) bool {
	return undelivered != nil && !errors.Is(undelivered, syscall.EPIPE) && !errors.Is(undelivered, tty.ErrGone)
}

// rescue saves in the data directory what could not be saved where it was wanted. If that fails, the output stays where it is
// until a person saves or removes it.
func (r *runOptions) rescue(ctx context.Context, runs *tools.Runs, s tools.State, wanted save.Target) *save.File {
	if s.Bytes == 0 {
		return nil
	}
	saved, err := runs.Rescue(ctx, s.ID, wanted)
	if err == nil {
		r.tellSaved(saved, s)
		return &saved
	}
	complain(r.streams.Err, err)
	r.keep(runs, s)
	return nil
}

// keep leaves the output of a run in the data directory, and says how to get at it.
func (r *runOptions) keep(runs *tools.Runs, s tools.State) {
	id, err := runs.Keep(s.ID)
	if err != nil {
		complain(r.streams.Err, err)
		return
	}
	r.say("its output is kept as %s", id)
	advise(r.streams.Err, r.keptLines(id))
}

// explain says how the run ended, where the tool's own words do not make that plain, and returns the exit status.
func (r *runOptions) explain(s tools.State, undelivered error) int {
	switch {
	case s.Err != nil:
		complain(r.streams.Err, s.Err)
	case verdict.SaysItself(s):
	case s.Cause != nil:
		r.say("%s", s.Outcome())
		if command.TellsAtItsEnd(s.Argv) {
			advise(r.streams.Err, s.Tool()+" writes its report when all of its rounds are done: give it more time, or fewer rounds with -c")
		}
	case s.Exit.Signal != 0:
		r.say("%s %s", s.Tool(), s.Outcome())
	case s.Exit.Code != s.Status() && s.Exit.Code > 0:
		r.say("the exit status of %s was %d", s.Tool(), s.Exit.Code)
	}
	if s.Exit.Strays > 0 {
		r.say("%s left processes running (%d); podtracer ended them", s.Tool(), s.Exit.Strays)
	}
	r.explainVerdict(s)
	switch {
	case undelivered == nil:
		return s.Status()
	case r.wireshark && errors.Is(undelivered, syscall.EPIPE): // the person has seen what they wanted
		r.say("Wireshark was closed, which ended the capture")
		return s.Status()
	}
	r.explainUndelivered(undelivered)
	return tools.StatusLost
}

// explainUndelivered says why standard output did not get all.
func (r *runOptions) explainUndelivered(undelivered error) {
	if errors.Is(undelivered, syscall.EPIPE) {
		r.say("standard output was closed before the end of the output")
	} else {
		r.say("write standard output: %v", undelivered)
		if text := hint.Of(undelivered); text != "" {
			advise(r.streams.Err, text)
		}
	}
}

// explainVerdict says what a capture is worth, unless the line about the saved file has said it, and what helps against losses.
func (r *runOptions) explainVerdict(s tools.State) {
	if s.Verdict().Kind != report.NoVerdict && (r.file == "" || len(s.Losses) > 0) {
		r.say("%s", verdict.Line(s))
	}
	if text := verdict.Advice(s.Losses); text != "" {
		advise(r.streams.Err, text)
	}
}
