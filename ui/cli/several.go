package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cli/keyboard"
	"github.com/fennec-project/podtracer/ui/cli/option"
	"github.com/fennec-project/podtracer/ui/tty"
)

// checkSeveral refuses what cannot work in several pods.
func (r *runOptions) checkSeveral(request tools.Request) error {
	tool := request.Argv[0]
	const onePod = "name one pod, with --pod NAME"
	switch capture := request.Captures(); {
	case r.wireshark:
		return hint.Add(errors.New("--wireshark: it shows the packets of one pod"), "save those of many with -f NAME.pcapng, and open that")
	case command.WantsTerminal(request.Argv):
		return hint.Add(fmt.Errorf("%s needs a whole terminal, and several pods cannot share one", tool), onePod)
	case command.WantsInput(request.Argv):
		return hint.Add(fmt.Errorf("%s reads its standard input, and several pods cannot share one", tool), onePod)
	case r.each && r.file == "":
		return hint.Add(errors.New("--each: there is no name for the files"), "give one with -f, for example -f x.pcapng")
	case r.file == "" && (capture || writesToOutput(request.Argv)):
		return hint.Add(errors.New("packets of several pods cannot share standard output"),
			"-f NAME.pcapng makes one capture of them, with --each one for each pod; without -w tcpdump writes text, which is merged")
	case capture && r.stdout:
		return hint.Add(errors.New("-s/--stdout: packets of several pods cannot share standard output"), "leave -s out; -f gets them")
	case r.file != "" && !r.each && !capture:
		return hint.Add(fmt.Errorf("-f %s: output of several pods is one file only as a capture of tcpdump", r.file),
			"--each makes a file for each pod; standard output has the text of all")
	case r.file != "" && !r.each:
		if err := save.CheckSet(r.file); err != nil {
			return hint.Add(fmt.Errorf("-f %s: %w", r.file, err), "--each makes a file for each pod")
		}
	}
	return nil
}

// checkAlign refuses to correct times where there are none to correct.
func (r *runOptions) checkAlign() error {
	const flag = "--align-clocks"
	switch {
	case !r.align:
		return nil
	case r.detach:
		return hint.Add(errors.New(flag+": a run that is detached has the clock of its node"), "leave one of --detach and "+flag+" out")
	case r.file == "" && !r.several():
		return hint.Add(errors.New(flag+": the output of one pod has one clock"), "it goes with -f NAME.pcapng, and with many pods")
	case r.file != "" && !save.IsPcapng(r.file):
		return hint.Add(fmt.Errorf(flag+": the times in %s stay as they were written", r.file), "a pcapng has corrected times: -f NAME.pcapng")
	default:
		return nil
	}
}

// writesToOutput says whether a tool is told to write to its standard output what it would else write to a file.
func writesToOutput(argv []string) bool {
	for i, word := range argv {
		if word == "-w-" || word == "-w" && i+1 < len(argv) && argv[i+1] == "-" {
			return true
		}
	}
	return false
}

// several says whether the tool may run in several pods: how it was asked for decides, not how many pods there are.
func (r *runOptions) several() bool {
	return r.each || r.targets.Selected() || len(r.targets.Found) > 1 || r.targets.Found[0].Kind != option.Pod
}

// allowed says in how many pods the tool may run. In a terminal a person may allow more.
func (r *runOptions) allowed(ctx context.Context, pods int) (most int, err error) {
	if most = r.targets.Most; pods <= most {
		return most, nil
	}
	text := fmt.Sprintf("%d pods match, and --max-pods allows %d", pods, most)
	if tty.IsTerminal(r.streams.In) && tty.IsTerminal(r.streams.Err) && ask(ctx, r.streams, text+": run in all of them? [y/N] ") {
		return pods, nil
	}
	return 0, hint.Add(errors.New(text), fmt.Sprintf("--max-pods %d runs in all of them, a narrower selector in fewer", pods))
}

// requestOf is for a tool without standard input, whose output is merged or saved.
func (m *many) requestOf(one *member, label string) tools.Request {
	request := tools.Request{
		Pod: one.pod, Argv: m.argv, Set: m.set, Together: m.together, Align: m.align, Limits: m.limits.OfRun(), Ring: m.limits.Ring(), Headers: m.limits.Headers,
		Packets: save.IsCapture(m.file), Lines: m.file == "" || m.stdout, Stderr: one.said,
		Stopped: one.speaks.Stop, Over: one.speaks.Over, Hurried: m.work.Hurried(),
	}
	if timer := &request.Limits.Timer; *timer > 0 && m.joining { // they end with the others
		*timer = max(time.Millisecond, *timer-m.together.Since())
	}
	if size := keyboard.Size(m.streams.Out); size != nil && request.Lines { // then a tool does not hold back lines
		request.Terminal = &launch.Size{Columns: max(1, size.Columns-len(label)), Rows: size.Rows}
	}
	return request
}

// keepAll leaves the output of all runs in the data directory that is in no file.
func (m *many) keepAll() {
	for _, one := range m.order {
		if m.file == "" && one.state.Bytes > 0 {
			m.keep(m.runs, one.state)
		}
	}
}
