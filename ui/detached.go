package ui

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/runs"
)

// Detached are the runs that go on without a console.
type Detached interface {
	// List lists those that can be found. Even with an error, it returns what was found.
	List(ctx context.Context) ([]detached.Found, error)
	// Attach returns the request that follows one.
	Attach(ctx context.Context, place string) (tools.Request, error)
	// TakeOver has a run go on without the console, for that long at most, and tells placed where it is.
	TakeOver(ctx context.Context, h tools.Handover, most time.Duration, placed func(place string)) (tools.Heir, error)
	// Forget ends what is kept of one whose output is saved, and says what it has done.
	Forget(ctx context.Context, place string) (done string, err error)
}

// What the commands about detached runs bring back.
type (
	detachedMsg struct {
		found []detached.Found
		err   error // where none could be looked for
	}
	attachedMsg struct {
		place string
		id    tools.RunID
		err   error
	}
	forgottenMsg struct {
		done string
		err  error
	}
)

// detachedCommands are the ways to detached runs.
type detachedCommands struct {
	list   func(after time.Duration) tea.Cmd
	attach func(place string) tea.Cmd
	forget func(place string) tea.Cmd

	handOver func(id tools.RunID, what string, most time.Duration) tea.Cmd
}

// lookAtDetached is how often detached runs are looked for while the list of runs is on the screen: each time is an exec in each pod of
// podtracer's.
const lookAtDetached = 10 * time.Second

func newDetachedCommands(ctx context.Context, d Deps) detachedCommands {
	return detachedCommands{
		list: func(after time.Duration) tea.Cmd {
			if d.Detached == nil {
				return nil
			}
			return func() tea.Msg {
				pause.For(ctx, after)
				found, err := d.Detached.List(ctx)
				if ctx.Err() != nil {
					return nil
				}
				return detachedMsg{found, err}
			}
		},
		attach: func(place string) tea.Cmd {
			return func() tea.Msg {
				request, err := d.Detached.Attach(ctx, place)
				if err != nil {
					return attachedMsg{place: place, err: err}
				}
				id, err := d.Runs.Start(request)
				return attachedMsg{place, id, err}
			}
		},
		handOver: func(id tools.RunID, what string, most time.Duration) tea.Cmd {
			return func() tea.Msg { return handOver(ctx, d, id, what, most) }
		},
		forget: func(place string) tea.Cmd {
			return func() tea.Msg {
				done, err := d.Detached.Forget(ctx, place)
				return forgottenMsg{done, err}
			}
		},
	}
}

// lookForDetached looks for detached runs, unless somebody looks already.
func (m *model) lookForDetached(after time.Duration) tea.Cmd {
	if m.looking {
		return nil
	}
	look := m.commands.detached.list(after)
	m.looking = look != nil
	m.runs.Looking = m.looking && after == 0
	return look
}

// takeDetached shows the detached runs, and looks again later if the list is still on the screen.
func (m *model) takeDetached(msg detachedMsg) tea.Cmd {
	m.looking, m.runs.Looking = false, false
	m.runs.SetAfar(msg.found, m.listHeight())
	m.afarErr = msg.err
	if m.screen != listing {
		return nil
	}
	return m.lookForDetached(lookAtDetached)
}

// attach picks up a detached run.
func (m *model) attach(found detached.Found) tea.Cmd {
	if run, ok := m.runs.Followed(found.Place); ok {
		return m.watch(run.ID)
	}
	m.notice = margin.Note("attaching to " + cells.Clean(command.Join(found.Argv)) + " in " + cells.Clean(found.Pod) + " …")
	return m.commands.detached.attach(found.Place)
}

// attached shows a detached run that was picked up, if the person has not gone elsewhere meanwhile.
func (m *model) attached(msg attachedMsg) tea.Cmd {
	m.notice = margin.Notice{}
	if msg.err != nil {
		m.failed = msg.err
		return m.lookForDetached(0)
	}
	if m.screen != listing {
		return nil
	}
	return m.watch(msg.id)
}

// fetched has what is kept of a detached run forgotten that has ended, when all of it is saved. What was said beside text is on the screen only;
// what tcpdump says beside a capture is in the verdict.
func (m *model) fetched(id tools.RunID) tea.Cmd {
	run, ok := m.runs.Find(id)
	if !ok || !run.IsDetached() || run.Phase != tools.Ended || run.WasLeft() || run.Err != nil {
		return nil
	}
	if !run.Capture && run.Beside > 0 {
		m.notice = m.notice.And("what "+cells.Clean(run.Tool())+" said beside its output is not in the file; "+
			cells.Clean(m.deps.Call.Kept("get", run.Detached.Place))+" shows it", margin.WorthALook)
		return nil
	}
	return m.commands.detached.forget(run.Detached.Place)
}

func (m *model) forgotten(msg forgottenMsg) tea.Cmd {
	if msg.done != "" {
		m.notice = m.notice.And(msg.done, m.notice.Mood)
	}
	if msg.err != nil {
		m.notice = m.notice.And(cells.Clean(msg.err.Error()), margin.WorthALook)
	}
	return m.lookForDetached(0)
}

// goingOn are the runs of the list that go on when podtracer ends.
func (m *model) goingOn() (some []tools.State) {
	for _, r := range m.runs.All {
		if r.IsDetached() && r.Phase != tools.Ended {
			some = append(some, r)
		}
	}
	return some
}

// goOnTexts say which runs go on when podtracer has ended, and how they are found again.
func (m *model) goOnTexts() (texts []string) {
	for _, r := range m.goingOn() {
		texts = append(texts, cells.Clean(r.Tool())+" in "+cells.Clean(r.Pod.String())+" goes on, "+runs.DetachedText(r, m.now)+
			"; "+m.attachLine(r.Detached.Place)+" shows it")
	}
	return texts
}

// attachLine is the command that shows a detached run.
func (m *model) attachLine(place string) string {
	return cells.Clean(m.deps.Call.Kept("attach", place))
}

var errNoDetaching = hint.Add(errors.New("here no run goes on without the console"), "the demo's pods end with it")

// handedMsg says what became of a run that was to be handed over.
type handedMsg struct {
	id    tools.RunID
	what  string
	place string
	err   error
}

func handOver(ctx context.Context, d Deps, id tools.RunID, what string, most time.Duration) tea.Msg {
	msg := handedMsg{id: id, what: what}
	msg.err = d.Runs.HandOver(ctx, id, func(ctx context.Context, h tools.Handover) (tools.Heir, error) {
		return d.Detached.TakeOver(ctx, h, most, func(place string) {
			msg.place = place
			h.Placed(place)
		})
	})
	return msg
}

var detachLayer = layer{
	name: "detach", claim: typing, shown: func(m *model) bool { return m.detaching },
	key: (*model).keyDetaching, over: func(m *model) []string { return m.handing.View(m.styles, min(m.width, questionWidth)) },
	hint: (*model).detachHint, help: help.Detach, wheel: still,
}

func (m *model) detachHint() (offers []keys.Offer) {
	if !m.handing.Handing {
		offers = append(offers, keys.Offers("detach it", keys.Enter))
	}
	return append(offers, keys.Offers("back", keys.Back), keys.Offers("help", keys.HelpTyped))
}

// openDetach asks until when a run may go on without the console, or says why it cannot.
func (m *model) openDetach(r tools.State) tea.Cmd {
	if m.deps.Detached == nil {
		m.failed = errNoDetaching
		return nil
	}
	if m.failed = r.CanBeHandedOver(); m.failed != nil {
		return nil
	}
	m.detaching = true
	m.handing.Open(r)
	return nil
}

func (m *model) keyDetaching(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.detaching = false
		return nil
	case "enter":
		most, ok := m.handing.Answer()
		if !ok {
			return nil
		}
		m.handing.Handing = true
		return m.commands.detached.handOver(m.handing.ID, m.handing.What(), most)
	default:
		return m.handing.Update(k)
	}
}

// handed goes to the list of runs, where a run that was handed over stands as a detached run now.
func (m *model) handed(msg handedMsg) tea.Cmd {
	asking := m.detaching && m.handing.ID == msg.id
	switch {
	case msg.err != nil && asking:
		m.handing.Failed(msg.err)
		return nil
	case msg.err != nil: // the person has left the question meanwhile
		m.failed = msg.err
		return nil
	case asking:
		m.detaching = false
	}
	m.notice = margin.Notice{Text: msg.what + " goes on without this console\n  " + m.attachLine(msg.place), Mood: margin.Done}
	m.told = append(m.told, msg.what+" goes on; "+m.attachLine(msg.place)+" shows it")
	look := m.lookForDetached(0)
	if m.screen == watching && m.output.id == msg.id {
		m.before, m.screen = home, listing
		m.keepInView()
	}
	return look
}
