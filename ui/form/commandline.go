package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/call"
)

// RunLine is the podtracer run line that repeats the run; it writes a capture to a file.
func RunLine(here call.Call, r tools.State) string {
	words := append([]string{"--pod", r.Pod.Name, "-n", r.Pod.Namespace}, runFlags(r)...)
	if r.Capture {
		words = append(words, "-f", r.Pod.Name+".pcapng")
	}
	return here.Run(append(append(words, "--"), asked(r)...)...)
}

// PlainLine is the command as one would type it in the pod's network namespace.
func PlainLine(r tools.State) string { return command.Join(asked(r)) }

func asked(r tools.State) []string {
	if len(r.Asked) == 0 { // the run is of an older podtracer
		return r.Argv
	}
	return r.Asked
}

// runFlags are the run's limits and its ring, as flags of podtracer run.
func runFlags(r tools.State) []string {
	var out []string
	add := func(f field, value string) {
		if value != "" {
			out = append(out, fieldTexts[f].flag, value)
		}
	}
	if r.Limits.Timer > 0 {
		add(stopAfter, figures.Duration(r.Limits.Timer))
	}
	add(atSize, sizeFlag(r.Limits.Size))
	if r.Limits.Packets > 0 {
		add(atPackets, strconv.FormatInt(r.Limits.Packets, 10))
	}
	add(keepFree, sizeFlag(r.Limits.MinFree))
	add(keepLast, sizeFlag(r.Ring.Size))
	if r.Ring.FreezeOn != nil {
		add(freezeOn, r.Ring.FreezeOn.String())
		if r.Ring.KeepAfter > 0 { // podtracer run has no key that freezes a ring
			add(thenKeep, figures.Duration(r.Ring.KeepAfter))
		}
	}
	if r.Headers {
		out = append(out, fieldTexts[headersOnly].flag)
	}
	return out
}

// sizeFlag is a number of bytes as a flag takes it; "" if no number was chosen.
func sizeFlag(n int64) string {
	switch {
	case n < 0:
		return "none"
	case n == 0:
		return ""
	case n%(1<<10) == 0:
		return strings.NewReplacer(" ", "", ",", "").Replace(figures.Size(n))
	default:
		return strconv.FormatInt(n, 10)
	}
}

// commandLine is the podtracer run line for some pods; it writes a capture to one file.
func (f *Form) commandLine(pods []k8s.Pod, argv []string) string {
	out, file := podFlags(pods), pods[0].Name
	if more := len(pods) - 1; more > 0 {
		file += "-and-" + strconv.Itoa(more) + "-more"
	}
	out = append(out, f.fields.flags(f.packets)...)
	if f.packets {
		out = append(out, "-f", file+".pcapng")
	}
	return f.deps.Call.Run(append(append(out, "--"), argv...)...)
}

// podFlags name pods as flags of podtracer run.
func podFlags(pods []k8s.Pod) (flags []string) {
	elsewhere := func(p k8s.Pod) bool { return p.Namespace != pods[0].Namespace }
	if slices.ContainsFunc(pods, elsewhere) {
		for _, p := range pods {
			flags = append(flags, "--pod", p.String())
		}
		return flags
	}
	for _, p := range pods {
		flags = append(flags, "--pod", p.Name)
	}
	return append(flags, "-n", pods[0].Namespace)
}
