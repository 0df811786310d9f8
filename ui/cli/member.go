package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cli/verdict"
)

// tell says what became of a run that has ended.
func (m *many) tell(one *member) {
	s := one.state
	one.status = m.statusOf(s)
	if s.Err != nil {
		m.complain(one.pod.String(), s.Err)
	}
	if words := wordsOf(s, one.saved); words != "" {
		m.say("%s: %s", one.pod, words)
	}
	if one.saved != nil {
		m.tellStream(one.pod.String(), *one.saved)
	}
	if s.Exit.Strays > 0 {
		m.say("%s: %s left processes running (%d); podtracer ended them", one.pod, s.Tool(), s.Exit.Strays)
	}
	m.advise(verdict.Advice(s.Losses))
	if one.unsafe == nil {
		return
	}
	m.complain(one.pod.String(), one.unsafe)
	one.status = max(one.status, tools.StatusLost)
}

// statusOf is the exit status of a run. Pods that were found by their labels come and go, and that is no failure.
func (m *many) statusOf(s tools.State) int {
	if errors.Is(s.Cause, tools.ErrPodGone) && !m.crowd.Named(s.Pod) {
		s.Cause = tools.ErrAsked
	}
	return s.Status()
}

// wordsOf says in one line how a run ended, and what its capture is worth; "" if there is nothing to say.
func wordsOf(s tools.State, saved *save.File) string {
	var words []string
	switch {
	case s.Err != nil, verdict.SaysItself(s):
	case s.Cause != nil, s.Exit.Signal != 0, s.Exit.Code > 0:
		words = append(words, s.Outcome())
	}
	switch {
	case saved != nil:
		words = append(words, verdict.Saved(*saved, s))
	case s.Verdict().Kind != report.NoVerdict:
		words = append(words, verdict.Line(s))
	}
	return strings.Join(words, "; ")
}

// complain says what is wrong, in a pod or ("") in all, and gives each hint once.
func (m *many) complain(pod string, err error) {
	text := err.Error()
	if pod != "" && !strings.Contains(text, pod) {
		text = pod + ": " + text
	}
	complain(m.streams.Err, errors.New(text))
	m.advise(hint.Of(err))
}

// advise gives hints that were not given yet.
func (m *many) advise(hints string) {
	if hints != "" && !m.advised[hints] {
		m.advised[hints] = true
		advise(m.streams.Err, hints)
	}
}

// saveOwn saves a run that has ended to its own file.
func (m *many) saveOwn(ctx context.Context, one *member) {
	s := one.state
	if one.file == "" || s.Bytes == 0 && (s.Err != nil || s.Capture) {
		return
	}
	saved, err := m.runs.Save(ctx, one.id, save.Target{Path: one.file, Overwrite: m.overwrite, Align: m.align})
	if err == nil {
		one.saved = &saved
		return
	}
	one.unsafe = err
	one.saved = m.rescueQuietly(ctx, one, err)
}

// rescueQuietly saves in the data directory what could not be saved where it was wanted; what is said is said later.
func (m *many) rescueQuietly(ctx context.Context, one *member, failed error) *save.File {
	wanted := save.Target{Path: one.file}
	if errors.Is(failed, save.ErrForm) { // a file elsewhere cannot have that form either
		wanted = save.Target{}
	}
	saved, err := m.runs.Rescue(ctx, one.id, wanted)
	if err == nil {
		return &saved
	}
	one.unsafe = errors.Join(failed, err)
	if id, err := m.runs.Keep(one.id); err == nil {
		one.unsafe = hint.Add(one.unsafe, "its output is kept: "+m.keptLines(id))
	}
	return nil
}

// saveSet saves the captures of all pods as one, if that was asked for, and returns the exit status of that.
func (m *many) saveSet(ctx context.Context) int {
	if m.file == "" || m.each || len(m.order) == 0 {
		return 0
	}
	if m.sum(func(s tools.State) int64 { return s.Bytes }) == 0 {
		m.say("nothing was captured, so there is no %s", m.file)
		return 0 // the runs say why
	}
	saved, err := m.runs.SaveSet(ctx, m.set, save.Target{Path: m.file, Overwrite: m.overwrite, Align: m.align})
	if err != nil {
		complain(m.streams.Err, err)
		for _, one := range m.order {
			m.rescue(ctx, m.runs, one.state, save.Target{Path: m.file})
		}
		return tools.StatusLost
	}
	code, of := 0, 0
	for i, part := range saved.Parts {
		one := m.member(saved.Runs[i])
		if part.Left == nil {
			of++
			m.tellStream(one.pod.String(), part.File)
			m.files = append(m.files, filesOf(part.Stream, false)...)
			continue
		}
		m.say("%s: nothing of it is in %s: %v", one.pod, m.file, part.Left)
		if code = tools.StatusLost; errors.Is(part.Left, save.ErrForm) {
			one.saved = m.rescue(ctx, m.runs, one.state, save.Target{})
		}
	}
	for _, file := range saved.Files {
		m.files = append(m.files, filesOf(&file, true)...)
		m.say("saved %s of %s, %s, to %s, sha256 %s", verdict.Amount(file.Packets, file.Bytes), figures.Plural(int64(of), "pod"), saved.Verdict, file.Path, file.SHA256)
	}
	if len(saved.Files) > 1 {
		m.say("the packets of another link type are in a file of their own: a capture that all tools read has one")
	}
	return code
}

func (m *many) member(id tools.RunID) *member {
	for _, one := range m.order {
		if one.id == id {
			return one
		}
	}
	return nil
}

func (m *many) pods() string { return figures.Plural(int64(len(m.order)+len(m.unstarted)), "pod") }

func (m *many) sum(of func(tools.State) int64) (sum int64) {
	for _, one := range m.order {
		sum += of(one.state)
	}
	return sum
}

// verdict judges all runs together. Beside others, a capture of which nothing came is a loss, as in the file of a set,
// and so is a pod in which none could be started.
func (m *many) verdict() report.Verdict {
	var verdicts, nothing []report.Verdict
	for _, one := range m.order {
		v := one.state.Verdict()
		if v.Kind == report.NoVerdict && one.state.Capture {
			nothing = append(nothing, report.Nothing(one.state.Pod.String(), "the capture is empty"))
			continue
		}
		verdicts = append(verdicts, v)
	}
	for _, u := range m.unstarted {
		nothing = append(nothing, report.Nothing(u.pod.String(), u.err.Error()))
	}
	of := report.OfAll(verdicts...)
	if of.Kind == report.NoVerdict {
		return of
	}
	return report.OfAll(append(verdicts, nothing...)...)
}

// total says what came of all pods, and which exit statuses there are.
func (m *many) total() {
	worth := m.verdict()
	if saved := m.file != "" && !m.each; worth.Kind != report.NoVerdict && !saved {
		packets := m.sum(func(s tools.State) int64 { return s.Packets - s.Counters.AgedOut })
		bytes := m.sum(func(s tools.State) int64 { return s.Bytes - s.Counters.AgedOutBytes })
		m.say("%s: %s: %s", m.pods(), worth, verdict.Amount(packets, bytes))
	}
	if words := m.outcome(); words != allWell {
		m.say("%s: %s", m.pods(), words)
	}
}

// nodes are the clocks of the nodes.
func (m *many) nodes() (nodes clock.Nodes) {
	for _, one := range m.order {
		nodes = nodes.With(one.state.Pod.Node, one.state.Clock)
	}
	return nodes
}

// tellClocks says how far the clocks of other nodes are from podtracer's, and whether that was corrected.
func (m *many) tellClocks() {
	const most = 4 // nodes that are told of
	nodes := m.nodes()
	words := "clocks: " + nodes.Words(most)
	switch {
	case nodes.Alone():
		return
	case m.align:
		words += "; corrected"
	case nodes.Certain():
		words += "; not corrected, --align-clocks does that"
	}
	m.say("%s", words)
}

const allWell = "all ended well"

// outcome says with which exit statuses the runs ended.
func (m *many) outcome() string {
	count := map[int]int{}
	for _, status := range m.statuses() {
		count[status]++
	}
	var words []string
	for status := range 256 {
		if n := count[status]; n > 0 {
			words = append(words, fmt.Sprintf("%d ended with status %d", n, status))
		}
	}
	if len(words) == 1 && count[0] > 0 {
		return allWell
	}
	return strings.Join(words, ", ")
}

// statuses are the exit statuses of all pods.
func (m *many) statuses() (all []int) {
	for _, one := range m.order {
		all = append(all, one.status)
	}
	for _, pod := range m.unstarted {
		all = append(all, tools.ErrorStatus(pod.err))
	}
	return all
}

// unstarted is a pod in which the tool could not be started.
type unstarted struct {
	pod k8s.Pod
	err error
}

// report is what a report says of the pod.
func (u unstarted) report() report.Run {
	of := newReport(nil)
	of.where(u.pod, k8s.Node{})
	of.Outcome, of.Hint, of.Exit.Status = u.err.Error(), hint.Of(u.err), tools.ErrorStatus(u.err)
	return of.Of()
}

// tellUnstarted says why the tool could not be started in some pods, and what is the same of several once.
func (m *many) tellUnstarted() {
	pods := map[string][]string{}
	for _, u := range m.unstarted {
		pods[u.err.Error()] = append(pods[u.err.Error()], u.pod.String())
	}
	for _, u := range m.unstarted {
		of := pods[u.err.Error()]
		if of[0] != u.pod.String() { // it was said of the first
			continue
		}
		who := strings.Join(of[:min(len(of), 3)], ", ")
		if len(of) > 3 {
			who += fmt.Sprintf(" and %d more", len(of)-3)
		}
		m.complain(who, u.err)
	}
}
