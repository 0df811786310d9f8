package form

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// presetList is the overlay with all presets, by symptom. Typing narrows it down.
type presetList struct {
	open    bool
	marked  int // how many pods are marked
	all     []listedPreset
	shown   []listedPreset
	filter  textinput.Model
	visible scroll.Window
}

type listedPreset struct {
	command.Preset
	own bool // the person has written this preset
}

// symptom is the heading under which the preset is listed.
func (p listedPreset) symptom() string {
	if p.own {
		return strings.TrimRight("own  "+p.Symptom, " ")
	}
	return p.Symptom
}

// newPresetList lists a person's own presets first.
func newPresetList(own []command.Preset) presetList {
	l := presetList{filter: style.NewInput()}
	for _, p := range own {
		l.all = append(l.all, listedPreset{p, true})
	}
	for _, p := range command.Presets() {
		l.all = append(l.all, listedPreset{p, false})
	}
	return l
}

func (l *presetList) show(marked int) {
	l.open, l.marked = true, marked
	l.filter.SetValue("")
	l.filter.Focus()
	l.narrow()
}

// narrow keeps the presets that contain every typed word.
func (l *presetList) narrow() {
	words := strings.Fields(strings.ToLower(l.filter.Value()))
	l.shown, l.visible = nil, scroll.Window{}
	for _, p := range l.all {
		if hasWords(strings.Join([]string{p.Name, p.symptom(), p.Tool, p.Args, p.Why}, " "), words) {
			l.shown = append(l.shown, p)
		}
	}
}

func (l *presetList) selected() (command.Preset, bool) {
	if len(l.shown) == 0 {
		return command.Preset{}, false
	}
	return l.shown[l.visible.Cursor].Preset, true
}

// update handles a key other than Enter and Esc.
func (l *presetList) update(k tea.KeyMsg, height int) {
	by := map[string]int{"up": -1, "down": 1, "pgup": -height, "pgdown": height}[k.String()]
	if by != 0 {
		l.visible.Move(by, len(l.shown), height)
		return
	}
	l.filter, _ = l.filter.Update(k) // the command is dropped: the cursor does not blink
	l.narrow()
}

// view draws the typed words, the presets, and the reason and the command of the preset under the cursor.
func (l *presetList) view(s style.Styles, width, height int) []string {
	inner := width - 2
	symptomWidth := min(35, inner/2-1)
	l.filter.Width = inner - 16
	lines := []string{" " + s.Accent.Render("type to narrow ") + l.filter.View()}
	rows := max(1, height-7)
	l.visible.Keep(len(l.shown), rows)
	first, end := l.visible.Visible(len(l.shown), rows)
	for i := first; i < end; i++ {
		p := l.shown[i]
		symptom := ""
		if i == first || p.own || p.Symptom != l.shown[i-1].Symptom {
			symptom = p.symptom()
		}
		name := cells.Fit(p.Name, inner-symptomWidth-3)
		if i == l.visible.Cursor {
			lines = append(lines, s.Selected.Render("▸ "+cells.Fit(p.symptom(), symptomWidth)+" "+name))
			continue
		}
		lines = append(lines, "  "+s.Dim.Render(cells.Fit(symptom, symptomWidth))+" "+name)
	}
	for len(lines) < rows+1 {
		lines = append(lines, "")
	}
	p, ok := l.selected()
	if !ok {
		return s.Box("presets by symptom", append(lines[:1], " no preset has these words"), width, height, true)
	}
	lines = append(lines, cells.Wrap(" "+p.Why, inner)...)
	command := cells.Wrap("   "+p.Tool+" "+p.Args, inner)
	if p.Pair() && l.marked != pairSize {
		command = cells.Wrap("   "+figures.Count(l.marked)+" of 2 pods marked: esc twice, then space marks them", inner)
	}
	lines = append(lines, style.All(s.Dim, command[:min(len(command), 2)])...)
	return s.Box("presets by symptom", lines, width, height, true)
}

// keyPresets handles a key while the presets are shown.
func (f *Form) keyPresets(k tea.KeyMsg) {
	l := &f.presets
	switch k.String() {
	case "esc":
		l.open = false
	case "enter":
		if p, ok := l.selected(); ok {
			l.open = false
			f.takePreset(p)
		}
	default:
		l.update(k, max(1, f.height-9))
	}
}

// takePreset puts a preset into the form; a preset for two pods only if two are marked.
func (f *Form) takePreset(p command.Preset) {
	if p.Pair() {
		if f.err = pairOf(f.marked, f.deps.Launcher.Reach); f.err != nil {
			return
		}
	}
	f.fill(p.Tool, p.Args, true)
}
