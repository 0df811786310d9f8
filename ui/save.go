package ui

import (
	"maps"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/runs"
	"github.com/fennec-project/podtracer/ui/saving"
)

// defaultsMsg is where a run is usually saved.
type defaultsMsg struct{ path string }

var saveLayer = layer{
	name: "save", claim: typing, shown: func(m *model) bool { return m.saving },
	key: (*model).keySaving, over: func(m *model) []string { return m.save.View(m.styles, min(m.width, 100)) },
	hint: (*model).saveHint, help: help.Save, wheel: still,
}

func (m *model) saveHint() (offers []keys.Offer) {
	if _, ok := m.save.Target(); ok {
		offers = append(offers, keys.Offers("save", keys.Enter))
	}
	if m.save.Aligns() {
		offers = append(offers, keys.Offers("times", keys.Tab))
	}
	return append(offers, keys.Offers("back", keys.Back), keys.Offers("help", keys.HelpTyped))
}

func (m *model) openSave(r tools.State) tea.Cmd {
	m.saving = true
	m.save.Open(r)
	return m.commands.defaultPath(r)
}

// openSaveSet asks where to save the captures of a set.
func (m *model) openSaveSet(members []tools.State) tea.Cmd {
	m.saving = true
	m.save.OpenSet(members, runs.ClocksApart(members))
	return m.commands.defaultSetPath(members)
}

// saveSet saves a set of captures as one. Other output is saved run by run.
func (m *model) saveSet(members []tools.State) tea.Cmd {
	if !members[0].Capture {
		m.notice = margin.Note(eachAlone)
		return nil
	}
	return m.openSaveSet(members)
}

func (m *model) keySaving(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.saving = false
		return nil
	case "enter":
		target, ok := m.save.Target()
		if !ok {
			return nil
		}
		m.save.Saving = true
		if m.save.Set != 0 {
			return m.commands.saveSet(m.save.Set, target)
		}
		return m.commands.save(m.save.ID, m.save.Capture, target)
	default:
		return m.save.Update(k)
	}
}

func (m *model) saved(msg saving.Saved) tea.Cmd {
	if !m.saveEnded(msg.Err) {
		return nil
	}
	m.kept[msg.ID] = msg.File
	m.notice = savedNotice(msg)
	if msg.File.Partial {
		return nil
	}
	return m.fetched(msg.ID)
}

// saveEnded closes the prompt if all went well, else says what did not.
func (m *model) saveEnded(err error) (well bool) {
	switch {
	case err != nil && !m.saving: // the person has left the prompt meanwhile
		m.failed = err
	case err != nil:
		m.save.Failed(err)
	default:
		m.saving = false
	}
	return err == nil
}

func (m *model) savedSet(msg saving.SavedSet) {
	maps.Copy(m.kept, msg.Kept()) // something may have been saved before the error
	if m.saveEnded(msg.Err) {
		m.notice = savedSetNotice(msg)
	}
}

// savedSetNotice says what was saved of a set, and where.
func savedSetNotice(s saving.SavedSet) margin.Notice {
	mood := margin.WorthALook
	if s.Good() {
		mood = margin.Done
	}
	first := s.Files[0]
	lines := append([]string{s.String(), first.Path + " (ctrl+y copies the path)", "sha256 " + first.SHA256}, s.Others()...)
	lines = append(lines, fetching(s.Fetch)...)
	return margin.Notice{Text: strings.Join(lines, "\n  "), Mood: mood}
}

// savedNotice says what was saved, and where.
func savedNotice(s saving.Saved) margin.Notice {
	mood := margin.Done
	if s.File.Verdict.Kind == report.Incomplete {
		mood = margin.WorthALook
	}
	lines := []string{s.String(), s.File.Path + " (ctrl+y copies the path)", "sha256 " + s.File.SHA256}
	if beside := s.Beside(); len(beside) > 0 {
		lines = append(lines, beside...)
		mood = margin.WorthALook
	}
	lines = append(lines, fetching(s.Fetch)...)
	return margin.Notice{Text: strings.Join(lines, "\n  "), Mood: mood}
}

// fetching says how files get to the person's machine, with a line for each.
func fetching(commands string) []string {
	if commands == "" {
		return nil
	}
	return append([]string{"on your own machine:"}, strings.Split(commands, "\n")...)
}

// saveAll stops all captures and saves those that are in no file, before podtracer is left.
func (m *model) saveAll() tea.Cmd {
	m.savingAll = true
	var captures tools.List
	for _, r := range slices.Backward(m.runs.All) {
		if r.Capture && !r.IsDetached() {
			captures = append(captures, r)
		}
	}
	return m.commands.saveAll(captures, m.kept)
}

// allSaved quits if all was saved and the person has not changed their mind, else says what was not saved. Somebody who went on and
// then quit again is asked about captures that began meanwhile.
func (m *model) allSaved(msg saving.All) tea.Cmd {
	m.savingAll = false
	quits := m.leaving && msg.Err == nil
	var texts []string
	for _, s := range msg.Sets {
		maps.Copy(m.kept, s.Kept())
		texts = append(append(texts, s.String()+": "+s.Files[0].Path), s.Others()...)
	}
	for _, s := range msg.Saved {
		m.kept[s.ID] = s.File
		texts = append(texts, strings.Join(append([]string{s.String() + ": " + s.File.Path}, s.Beside()...), ", "))
	}
	texts = append(texts, fetching(msg.Fetch)...)
	if quits && !m.captureBeganAfter(msg.Of) {
		m.told = append(texts, m.goOnTexts()...)
		return tea.Quit
	}
	m.leaving, m.failed = quits, msg.Err
	if len(texts) > 0 {
		m.notice = margin.Notice{Text: strings.Join(texts, "\n"), Mood: margin.Done}
	}
	return nil
}

// captureBeganAfter says whether there is a capture besides these that runs, or holds something that is in no file.
func (m *model) captureBeganAfter(these tools.List) bool {
	return slices.ContainsFunc(m.runs.All, func(r tools.State) bool {
		known := slices.ContainsFunc(these, func(s tools.State) bool { return s.ID == r.ID })
		return r.Capture && !r.IsDetached() && !known && (r.Phase != tools.Ended || saving.UnsavedOf(tools.List{r}, m.kept).Captures() > 0)
	})
}

// savingBox is drawn while captures are stopped and saved.
func (m *model) savingBox() []string {
	width := min(m.width, questionWidth)
	lines := []string{""}
	for _, text := range []string{"Stopping the captures, and saving what is in no file …", "", "y " + m.leaveWord() + " without saving    n go on"} {
		lines = append(lines, cells.Wrap("  "+text, width-2)...)
	}
	return m.styles.Box(m.leaveTitle(), append(lines, ""), width, len(lines)+3, true)
}
