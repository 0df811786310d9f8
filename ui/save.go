package ui

import (
	"errors"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/style"
)

// saveForm is the prompt for where to save a run.
type saveForm struct {
	id      tools.RunID
	capture bool
	input   textinput.Model
	replace string // the existing file of that name, which a second Enter replaces
	err     error
	saving  bool
}

func (p *saveForm) open(r tools.State) {
	*p = saveForm{id: r.ID, capture: r.Capture, input: style.NewInput()}
	p.input.Focus()
}

// setPath offers a path. A path with invisible characters is not offered: it could not be typed, and another file would be saved.
func (p *saveForm) setPath(path string) {
	if !printable.Is(path) {
		p.err = errOddPlace
		return
	}
	p.input.SetValue(path)
	p.input.CursorEnd()
}

var errOddPlace = hint.Add(errors.New("the usual path cannot be typed here"), "type another one")

// target is where to save, once Enter is pressed.
func (p *saveForm) target() (save.Target, bool) {
	path := p.input.Value()
	return save.Target{Path: path, Overwrite: path == p.replace}, path != "" && !p.saving
}

func (p *saveForm) update(k tea.KeyMsg) tea.Cmd {
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(k)
	p.err = nil
	return cmd
}

// failed records why it was not saved. A second Enter replaces a file that exists.
func (p *saveForm) failed(err error) {
	p.saving, p.err = false, err
	if errors.Is(err, newfile.ErrExists) {
		p.replace = p.input.Value()
	}
}

func (p *saveForm) view(s style.Styles, width int) []string {
	title := "save the output as text"
	var kinds []string
	if p.capture {
		title = "save the packets"
		kinds = []string{" .pcapng: the packets with names and losses; .pcap: the stream bit for bit"}
	}
	p.input.Width = width - 5
	lines := []string{" " + cells.FitStyled(p.input.View(), width-3)}
	for _, kind := range kinds {
		lines = append(lines, s.Dim.Render(cells.Fit(kind, width-2)))
	}
	switch {
	case p.saving:
		lines = append(lines, s.Dim.Render(cells.Fit(" saving …", width-2)))
	case p.err != nil && p.replace != "" && p.replace == p.input.Value():
		lines = append(lines, s.Warn.Render(cells.Fit(" there is a file of that name: enter replaces it", width-2)))
	case p.err != nil:
		for _, line := range s.Problem(p.err, width-4) {
			lines = append(lines, " "+line+" ")
		}
	default:
		lines = append(lines, s.Dim.Render(cells.Fit(" enter saves, esc goes back", width-2)))
	}
	return s.Box(title, lines, width, len(lines)+2, true)
}

// savedText says how much was saved, and its verdict.
func savedText(m savedMsg) string {
	what := figures.Bytes(m.saved.Bytes)
	if m.capture {
		what = figures.Plural(m.saved.Packets, "packet") + ", " + what
	}
	if m.saved.Partial {
		what += " so far (still running)"
	}
	if worth := m.saved.Verdict.String(); worth != "" {
		what += ", " + worth
	}
	return "saved " + what
}

// savedNotice says what was saved, and where.
func savedNotice(m savedMsg) margin.Notice {
	mood := margin.Done
	if m.saved.Verdict.Kind == report.Incomplete {
		mood = margin.WorthALook
	}
	path := m.saved.Path + " (ctrl+y copies the path)"
	if m.instead != nil {
		path += "\n  as the tool wrote it: " + m.instead.Error()
		mood = margin.WorthALook
	}
	return margin.Notice{Text: savedText(m) + "\n  " + path + "\n  sha256 " + m.saved.SHA256, Mood: mood}
}

type (
	savedMsg struct {
		id      tools.RunID
		saved   save.File
		capture bool
		err     error
		instead error // why it does not have the wanted form, but was saved as the tool wrote it
	}
	defaultsMsg struct {
		path string
	}
)

var saveLayer = layer{
	name: "save", claim: typing, shown: func(m *model) bool { return m.saving },
	key: (*model).keySaving, over: func(m *model) []string { return m.save.view(m.styles, min(m.width, 100)) },
	hint: (*model).saveHint, help: help.Save, wheel: still,
}

func (m *model) saveHint() (offers []keys.Offer) {
	if _, ok := m.save.target(); ok {
		offers = append(offers, keys.Offers("save", keys.Enter))
	}
	return append(offers, keys.Offers("back", keys.Back), keys.Offers("help", keys.HelpTyped))
}

func (m *model) openSave(r tools.State) tea.Cmd {
	m.saving = true
	m.save.open(r)
	return m.commands.defaultPath(r)
}

func (m *model) keySaving(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.saving = false
		return nil
	case "enter":
		target, ok := m.save.target()
		if !ok {
			return nil
		}
		m.save.saving = true
		return m.commands.save(m.save.id, m.save.capture, target)
	default:
		return m.save.update(k)
	}
}

func (m *model) saved(msg savedMsg) {
	switch {
	case msg.err != nil && !m.saving: // the person has left the prompt meanwhile
		m.failed = msg.err
		return
	case msg.err != nil:
		m.save.failed(msg.err)
		return
	}
	m.saving = false
	m.kept[msg.id] = msg.saved
	m.notice = savedNotice(msg)
}
