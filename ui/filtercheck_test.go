package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/tty"
)

// check is a filter that the console wanted to be checked.
type check struct {
	argv []string
	done func(filter.Check) tea.Msg
}

// tcpdumpSays gives the answer to the check that was wanted last.
func (p *person) tcpdumpSays(state filter.Check) {
	p.t.Helper()
	if len(p.checks) == 0 {
		p.t.Fatal("nobody asked")
	}
	p.tell(p.checks[len(p.checks)-1].done(state))
}

func TestAFilterIsCheckedAsOneTypes(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("tab")
	p.tcpdumpSays(filter.Check{Known: true, OK: true})
	p.sees("✓ no filter: all packets")
	p.press(" prot")
	p.sees("… checking the filter")
	p.seesNot("✓")
	p.tcpdumpSays(filter.Check{Known: true, Filter: "prot", Message: "can't parse filter expression: syntax error"})
	p.sees("× can't parse filter expression")
	p.tcpdumpSays(filter.Check{Filter: "prot", Name: "prot"})
	p.sees("? prot is taken for the name of a host: not checked")
	p.press("backspace", "backspace", "backspace", "backspace", "port 53")
	p.tcpdumpSays(filter.Check{Known: true, OK: true, Filter: "port 53"})
	p.sees("✓ filter ok")
	if got := fmt.Sprint(p.checks[len(p.checks)-1].argv); got != "[tcpdump -i eth0 -n port 53]" {
		t.Error(got)
	}
}

func TestARefusedFilterHoldsEnterBackOnce(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("tab", " prot")
	p.tcpdumpSays(filter.Check{Known: true, Filter: "prot", Message: "can't parse filter expression: syntax error"})
	p.press("enter")
	p.sees("tcpdump refuses this filter", "enter again runs it anyway", "× can't parse filter expression")
	if len(p.started) != 0 {
		t.Fatal("it was started")
	}
	p.press("x")
	p.tcpdumpSays(filter.Check{Known: true, Filter: "protx", Message: "unknown host 'protx'"})
	p.press("enter")
	p.sees("tcpdump refuses this filter") // another filter is told anew
	p.press("enter")
	if len(p.started) != 1 {
		t.Fatalf("%d runs were started", len(p.started))
	}
}

func TestAnAnswerToWhatWasTypedBeforeIsDropped(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("tab", " prot")
	old, pause := p.checks[len(p.checks)-1], p.pauses[len(p.pauses)-1]
	p.press("o")
	p.tell(old.done(filter.Check{Known: true, Message: "syntax error"}))
	p.seesNot("syntax error")
	asked := len(p.checks)
	p.tell(pause) // that is over, too
	if len(p.checks) != asked {
		t.Error("an old pause asked")
	}
	p.press("esc", "enter", "down", "down")
	p.tcpdumpSays(filter.Check{Known: true, Message: "syntax error"})
	p.seesNot("syntax error", "… checking the filter")
}

func TestOnlyAKeyThatChangesTheCommandAsksAgain(t *testing.T) {
	p := openForm(t, 80, 24)
	asked := len(p.checks)
	p.press("tab", "tab", "30s", "tab")
	if asked != 1 || len(p.checks) != asked {
		t.Errorf("%d, then %d", asked, len(p.checks))
	}
	p.press("esc", "down", "up")
	p.tcpdumpSays(filter.Check{}) // it is not installed, or does not answer
	p.seesNot("… checking the filter", "✓", "×")
}

func TestWhatTcpdumpSaysAtLengthStandsBelowAndIsMadeSafe(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("tab", " host nowhere")
	p.tcpdumpSays(filter.Check{Known: true, Filter: "host nowhere", Message: strings.Repeat("no such thing ", 6) + "\x1b[2J end"})
	p.sees("× no such thing", `\x1b[2J`, "end")
	fits(t, p, "a long message")
}

func TestTheFilterOfARealCaptureIsCheckedByTheCommands(t *testing.T) {
	var asked []string
	c := newCommands(context.Background(), Deps{Runs: checker{check: func(pod k8s.Pod, argv []string) filter.Check {
		asked = append(asked, pod.Name+" "+command.Join(argv))
		return filter.Check{Known: true, OK: true}
	}}}, &tty.Terminal{}, nil)
	done := func(check filter.Check) tea.Msg { return check }
	msg := c.form.CheckFilter(fakes.Pod("shop", "cart-0", "node-3", "Running"), []string{"tcpdump", "port 53"}, done)()
	if got, ok := msg.(filter.Check); !ok || !got.OK || fmt.Sprint(asked) != "[cart-0 tcpdump 'port 53']" {
		t.Errorf("%+v %v", msg, asked)
	}
}

// checker only checks filters.
type checker struct {
	Runs
	check func(k8s.Pod, []string) filter.Check
}

func (c checker) CheckFilter(_ context.Context, pod k8s.Pod, argv []string) filter.Check {
	return c.check(pod, argv)
}

func TestTheCheckedFormLooksAsItWasApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := openForm(t, size[0], size[1])
		p.press("tab", " port 53")
		p.tcpdumpSays(filter.Check{Known: true, OK: true, Filter: "port 53"})
		golden(t, fmt.Sprintf("form-filter-ok-%dx%d", size[0], size[1]), p.screen())
		p.press(" or")
		p.tcpdumpSays(filter.Check{Known: true, Filter: "port 53 or", Message: "can't parse filter expression: syntax error"})
		golden(t, fmt.Sprintf("form-filter-wrong-%dx%d", size[0], size[1]), p.screen())
	}
}
