package detail

import (
	"cmp"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// sheet is what the pane of details is drawn on, line by line.
type sheet struct {
	style.Styles
	width int
	lines []string
}

// add adds clean text, wrapped; the lines after the first are indented as far as the first.
func (s *sheet) add(style lipgloss.Style, text string) {
	for _, line := range cells.Wrap(" "+text, s.width) {
		s.lines = append(s.lines, style.Render(line))
	}
}

func (s *sheet) head(text string) {
	s.lines = append(s.lines, "")
	s.add(s.Strong, text)
}

func (s *sheet) plain() lipgloss.Style { return s.Strong.UnsetBold() }

// fact adds a name and its value; what does not fit continues below.
func (s *sheet) fact(name, text string) {
	const nameWidth = 8
	if text == "" {
		return
	}
	for i, line := range cells.Wrap(text, s.width-nameWidth-2) {
		if i > 0 {
			name = ""
		}
		s.lines = append(s.lines, s.Dim.Render(" "+cells.Fit(name, nameWidth)+" ")+line)
	}
}

// problem adds an error with its hint.
func (s *sheet) problem(err error) {
	s.add(s.Bad, "  "+cells.Clean(cells.FirstLine(err.Error())))
	if advice := hint.Of(err); advice != "" {
		s.add(s.plain(), "  hint: "+cells.Clean(cells.FirstLine(advice)))
	}
}

// lay writes all lines of the pane.
func (d *Pane) lay(st style.Styles, width int, now time.Time, here bool) {
	s := &sheet{Styles: st, width: width}
	if d.pod.Name == "" {
		d.lines = []string{s.Dim.Render(cells.Fit(" no pod is chosen", width))}
		return
	}
	d.layPod(s, now, here)
	d.layContainers(s)
	d.layNetwork(s)
	d.layEvents(s, now)
	d.lines = s.lines
}

func (d *Pane) layPod(s *sheet, now time.Time, here bool) {
	p := d.pod
	s.add(s.Strong, cells.Clean(p.String()))
	state := cells.Clean(p.Status) + " " + figures.Age(now.Sub(p.Created)) + " · " + cells.Clean(whereOf(p, here))
	style := s.Good
	if p.Status != "Running" || p.Ready < p.Containers {
		style = s.Warn
	}
	s.add(style, state)
	if p.HostNetwork {
		s.add(s.Warn, "hostNetwork: no network of its own, this is the node's")
	}
	owner := d.api.Owner
	if d.apiKnown && owner == "" {
		owner = "none: nothing will recreate it"
	}
	s.fact("owner", cells.Clean(owner))
	s.fact("address", cells.Clean(cmp.Or(strings.Join(p.IPs, " "), "-")))
	s.fact("labels", cells.Clean(d.labels()))
	switch {
	case d.gone():
		s.add(s.Bad, "the API does not know this pod any more")
	case d.apiErr != nil:
		s.problem(d.apiErr)
	}
}

// labels are the pod's labels from the list, or from the API.
func (d *Pane) labels() string {
	if !d.apiKnown {
		return strings.ReplaceAll(d.pod.Labels, ",", " ")
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(d.api.Labels)) {
		all = append(all, key+"="+d.api.Labels[key])
	}
	return strings.Join(all, " ")
}

func (d *Pane) layContainers(s *sheet) {
	s.head("containers")
	if !d.apiKnown {
		s.add(s.Dim, "  "+d.waiting(d.apiErr)+cells.Clean(strings.Join(d.pod.ContainerNames, ", ")))
		return
	}
	for _, c := range d.api.Containers {
		state, style := cmp.Or(c.State, "waiting for a node"), s.plain()
		switch {
		case c.Ready:
			state += ", ready"
		case c.Kind == "init" && c.State == "Completed":
		default:
			state, style = state+", not ready", s.Warn
		}
		if c.Restarts > 0 {
			state += ", " + figures.Plural(c.Restarts, "restart")
		}
		if c.Kind != "" {
			state = c.Kind + ", " + state
		}
		s.add(style, "  "+cells.Clean(c.Name)+"  "+cells.Clean(state))
		s.add(s.Dim, "    "+cells.Clean(shortImage(c.Image, s.width-5)))
	}
}

// shortImage drops the registry where there is no room for it: images differ at the end of their names.
func shortImage(image string, width int) string {
	for len(image) > width {
		_, rest, ok := strings.Cut(image, "/")
		if !ok {
			break
		}
		image = rest
	}
	return image
}

// waiting is the text in place of an answer that is missing.
func (d *Pane) waiting(err error) string {
	if err != nil {
		return ""
	}
	return "asking … "
}

func (d *Pane) layNetwork(s *sheet) {
	title := "network"
	if d.pod.HostNetwork {
		title = "network of node " + cells.Clean(d.pod.Node)
	}
	s.head(title)
	switch {
	case d.netSkipped != "":
		s.add(s.Dim, "  "+cells.Clean(d.netSkipped))
		return
	case errors.Is(d.netErr, netinfo.ErrNotYet):
		s.add(s.Dim, "  "+cells.Clean(d.netErr.Error()))
		s.add(s.Dim, "  "+cells.Clean(hint.Of(d.netErr)))
	case d.netErr != nil:
		s.problem(d.netErr)
	case !d.netKnown:
		s.add(s.Dim, "  "+d.waiting(nil))
	}
	if !d.netKnown {
		return
	}
	for _, i := range d.network.Interfaces {
		layInterface(s, i)
	}
	s.add(s.Dim, "listening")
	if len(d.network.Listening) == 0 {
		s.add(s.plain(), "  nothing")
	}
	for _, l := range d.network.Listening {
		s.add(s.plain(), "  "+cells.Fit(l.Protocol, 5)+" "+anyAddress(l.Addr))
	}
	s.add(s.Dim, "routes")
	for _, r := range d.network.Routes {
		s.add(s.plain(), "  "+routeText(r))
	}
}

func layInterface(s *sheet, i netinfo.Interface) {
	text, style := cells.Clean(i.Name)+"  mtu "+figures.Count(i.MTU), s.plain()
	if i.Kind != "" && i.Kind != "loopback" {
		text += " " + cells.Clean(i.Kind)
	}
	if !i.Up {
		text, style = text+" DOWN", s.Warn
	}
	s.add(style, "  "+text)
	for _, a := range i.Addrs {
		s.add(s.plain(), "    "+a.String())
	}
}

// anyAddress writes the address of a socket, that of all addresses as *.
func anyAddress(a netip.AddrPort) string {
	if a.Addr().IsUnspecified() {
		return "*:" + strconv.Itoa(int(a.Port()))
	}
	return a.String()
}

func routeText(r netinfo.Route) string {
	text := "default"
	if r.Dst.IsValid() {
		text = r.Dst.String()
	}
	if r.Kind != "" {
		text = r.Kind + " " + text
	}
	if r.Via.IsValid() {
		text += " via " + r.Via.String()
	}
	if r.Device != "" {
		text += " " + cells.Clean(r.Device)
	}
	return text
}

func (d *Pane) layEvents(s *sheet, now time.Time) {
	s.head("events")
	switch {
	case !d.apiKnown:
		s.add(s.Dim, "  "+d.waiting(d.apiErr))
	case d.api.EventsErr != nil:
		s.problem(d.api.EventsErr)
	case len(d.api.Events) == 0:
		s.add(s.Dim, "  none recently")
	}
	for _, e := range d.api.Events {
		style, times := s.plain(), ""
		if e.Type == "Warning" {
			style = s.Warn
		}
		if e.Count > 1 {
			times = " ×" + figures.Count(e.Count)
		}
		s.add(style, "  "+figures.Age(now.Sub(e.Time))+" "+cells.Clean(e.Reason)+times+": "+cells.Clean(cells.FirstLine(e.Message)))
	}
}

// whereOf says where the pod is, for the first lines.
func whereOf(p k8s.Pod, here bool) string {
	switch {
	case here:
		return "here"
	case p.Node == "":
		return "not on any node yet"
	default:
		return "on " + p.Node
	}
}
