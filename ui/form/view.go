package form

import (
	"cmp"
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// toolsWidth is the width of the list of tools: only as wide as their names on a narrow screen, where the fields need the rest.
func toolsWidth(width int) int {
	const names, besides, roomy = 16, 24, 80
	if width < roomy {
		return names
	}
	return besides
}

// Lines draws the form.
func (f *Form) Lines(s style.Styles, height int) []string {
	title := " " + s.Strong.Render("run in ") + s.Accent.Render(cells.Clean(f.target()))
	return append([]string{cells.FitStyled(title, f.width)}, f.view(s, f.width, height-1)...)
}

// List draws the list that is shown above the form: the presets or the history.
func (f *Form) List(s style.Styles) []string {
	width, height := min(f.width, 120), f.height-2
	if f.presets.open {
		return f.presets.view(s, width, height)
	}
	return f.past.view(s, width, height)
}

func (f *Form) view(s style.Styles, width, height int) []string {
	tools := toolsWidth(width)
	listing := s.Box("tool", f.toolLines(s, tools-2, height-2), tools, height, f.focus == onTools)
	inner := width - tools
	right := make([]string, 0, height)
	right = append(right, s.Box("arguments", []string{f.inputLine(inner - 2)}, inner, 3, f.focus == onArguments)...)
	under, more := f.underline(s, inner)
	right[len(right)-1] = under
	for _, line := range append(more, f.below(s, inner-1, height-len(right)-len(more))...) {
		right = append(right, " "+line)
	}
	for len(right) < height {
		right = append(right, "")
	}
	return style.Join(listing, right[:height])
}

func (f *Form) inputLine(width int) string {
	f.input.Width = width - 3
	return " " + cells.FitStyled(f.input.View(), width-1)
}

// toolLines lists the tools, in groups with titles if there is room.
func (f *Form) toolLines(s style.Styles, width, height int) []string {
	groups := 0
	for i, t := range f.catalogue {
		if i == 0 || t.Group != f.catalogue[i-1].Group {
			groups++
		}
	}
	titles := len(f.catalogue)+groups <= height
	first, end := 0, len(f.catalogue)
	if !titles {
		f.tools.Keep(len(f.catalogue), height)
		first, end = f.tools.Visible(len(f.catalogue), height)
	}
	var out []string
	for i := first; i < end; i++ {
		t := f.catalogue[i]
		if titles && (i == 0 || t.Group != f.catalogue[i-1].Group) {
			out = append(out, s.Dim.Render(cells.Fit(" "+strings.ToUpper(t.Group), width)))
		}
		out = append(out, f.toolLine(s, t, i == f.tools.Cursor, width))
	}
	return out
}

func (f *Form) toolLine(s style.Styles, t command.Tool, chosen bool, width int) string {
	name, mark := t.Name, "  "
	if name == anyCommand {
		name = "any command"
	}
	if chosen {
		mark = "▸ "
	}
	line := mark + cells.Fit(name, width-2)
	switch {
	case f.missing(t):
		return s.Dim.Render(mark + cells.Fit(name+" not installed", width-2))
	case chosen:
		return s.Selected.Render(line)
	default:
		return line
	}
}

// below is everything below the arguments: the fields, what is wrong, and what will run. Where there is little room, empty lines
// are left out first, then the sections that do not fit, from the last one on.
func (f *Form) below(s style.Styles, width, height int) []string {
	sections := [][]string{f.candidateLines(s, width), f.about(s, width), f.fields.lines(s, fieldsOf(f.packets), f.field(), f.focus >= onFields, width), f.wholeLine(s, width)}
	preview, err := f.preview(s, width)
	if f.err != nil {
		err = f.err
	}
	if err != nil {
		sections = append(sections, s.Problem(err, width))
	}
	sections = append(sections, f.against(s, width))
	sections = append(sections, preview...)
	var tight, loose []string
	for _, lines := range sections {
		if len(lines) == 0 {
			continue
		}
		if len(tight)+len(lines) > height { // a title alone would say nothing
			loose = append(loose, make([]string, height)...)
			break
		}
		if len(loose) > 0 {
			loose = append(loose, "")
		}
		tight, loose = append(tight, lines...), append(loose, lines...)
	}
	if len(loose) <= height {
		return loose
	}
	return tight
}

// about says what the tool, or the field with the cursor, is for.
func (f *Form) about(s style.Styles, width int) []string {
	t := f.tool()
	if f.focus >= onFields {
		return []string{cells.Fit(fieldAbout(f.field(), width), width)}
	}
	return []string{s.Strong.Render(cells.Fit(cmp.Or(t.Name, "any command"), 12)) + cells.Fit(t.About, width-12)}
}

// against warns of whatever speaks against the choice.
func (f *Form) against(s style.Styles, width int) []string {
	var out []string
	if t := f.tool(); f.missing(t) {
		out = append(out, s.Warn.Render(cells.Fit(t.Name+" is not installed here", width)))
		out = append(out, cells.Wrap("  "+command.HowToInstall(t.Name), width)...)
	}
	for _, pod := range f.targets() {
		if pod.HostNetwork {
			which := "this pod"
			if len(f.marked) > 1 {
				which = cells.Clean(pod.String())
			}
			out = append(out, style.All(s.Warn, cells.Wrap(which+" has no network of its own (hostNetwork): the tool sees, and changes, the network of node "+cells.Clean(pod.Node), width))...)
		}
	}
	return out
}

// targets are the pods in which the tool is to run.
func (f *Form) targets() []k8s.Pod {
	if len(f.marked) < 2 {
		return []k8s.Pod{f.pod}
	}
	return f.marked
}

// preview shows what will run, and how to run it without the console. It leaves out fields that cannot be read.
func (f *Form) preview(s style.Styles, width int) (sections [][]string, err error) {
	argv, err := f.argv()
	if err != nil || len(argv) == 0 {
		return nil, err
	}
	r := tools.Request{Argv: argv, Text: true}
	unread := f.fields.apply(&r, f.packets) // Enter reports the error
	limited := r
	limited.Limits, limited.Ring = tools.Limits{}, tools.Ring{}
	tool, decoder, err := f.deps.Preview(limited)
	if err != nil {
		return nil, err
	}
	titled := func(title string, words []string) []string {
		return append([]string{s.Dim.Render(cells.Fit(title, width))}, cells.Wrap("  "+cells.Clean(command.Join(words)), width)...)
	}
	if pair, ok := f.pair(); ok {
		sections, err = f.pairPreview(s, pair, width, titled)
		return sections, err
	}
	title := "will run"
	if left := f.toFill(); len(left) > 0 {
		title += ", once you replace " + left[0].what
	}
	runs := titled(title, tool)
	if decoder != nil {
		runs = append(runs, titled("and to show its packets", decoder)...)
	}
	if unread != nil {
		return [][]string{runs}, nil
	}
	return [][]string{runs, f.without(s, argv, width)}, nil
}

// without says how to run the command without the console. Of a line that names many pods, it shows the beginning.
func (f *Form) without(s style.Styles, argv []string, width int) []string {
	const most = 4 // lines
	title := "without the console"
	lines := cells.Wrap("  "+cells.Clean(f.commandLine(f.targets(), argv)), width)
	if len(lines) > most {
		title, lines = title+" (ctrl+y copies all of it)", append(lines[:most-1], "  …")
	}
	return append([]string{s.Dim.Render(cells.Fit(title, width))}, lines...)
}

// target says in which pods the tool is to run.
func (f *Form) target() string {
	pods := f.targets()
	if len(pods) == 1 {
		return f.pod.String()
	}
	names := make([]string, len(pods))
	for i, pod := range pods {
		names[i] = pod.String()
	}
	return figures.Plural(len(pods), "pod") + ": " + strings.Join(names, ", ")
}
