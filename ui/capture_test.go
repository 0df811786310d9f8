package ui

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/runs"
	"github.com/fennec-project/podtracer/ui/saving"
)

// busy is a capture of which packets come.
func busy() tools.State {
	s := state(1, tools.Running)
	s.Counters = report.Counters{Known: true, Received: 1206}
	for i := range s.Rates {
		s.Rates[i] = tools.Rate{Packets: int64(i) * 4, Bytes: int64(i) * 1000}
	}
	s.Rates[3] = tools.Rate{}
	return s
}

// dropping is a capture of which packets were dropped.
func dropping() tools.State {
	s := busy()
	s.Counters.KernelDropped = 412
	s.Losses = []report.Loss{{Kind: report.LostInKernel, Count: 412, Since: noon.Add(-20 * time.Minute), Detail: "dropped"}}
	return s
}

// recorder is a capture with a ring.
func recorder() tools.State {
	s := busy()
	s.Ring = tools.Ring{Size: 256 << 20}
	s.Counters.AgedOut, s.Counters.AgedOutBytes = 1000, 1_000_000
	return s
}

// ended is how a run stands when it has ended.
func ended(s tools.State) tools.State {
	s.Phase, s.Ended, s.Cause = tools.Ended, noon.Add(-10*time.Second), tools.ErrAsked
	return s
}

// before sits down before a run.
func before(t testing.TB, width, height int, s tools.State) *person {
	t.Helper()
	p := sit(t, width, height)
	p.tell(shop(), listMsg{tools.List{s}, 1}, startedMsg{id: s.ID})
	return p
}

func TestTheHeaderOfACaptureHasItsCountersAndItsVerdict(t *testing.T) {
	p := before(t, 80, 24, busy())
	p.sees("1,204 packets 1.3 MB", " ▁▂ ▃▃▄▄▅▅▆▆▇▇██ ", "60/s", "120.0 kbit/s", "0 dropped", " complete ")
	p.seesNot("aged out", "not shown")
	p = before(t, 160, 45, busy())
	p.sees("received by filter 1,206")
	s := busy()
	s.Packets, s.Counters.KernelDropped = 1300, 4 // tcpdump has said its numbers before
	before(t, 160, 45, s).sees("1,300 packets", "received by filter 1,304")
	s = busy()
	s.Counters.NotShown, s.Counters.InterfaceDropped = 1500, 3
	p = before(t, 160, 45, s)
	p.sees("1,500 not shown", "3 dropped by the interface")
}

func TestADropTurnsTheVerdictInItsPlace(t *testing.T) {
	p := before(t, 80, 24, busy())
	row := func() int {
		for i, line := range strings.Split(p.screen(), "\n") {
			if strings.Contains(line, "omplete") || strings.Contains(line, "INCOMPLETE") {
				return i
			}
		}
		return -1
	}
	at := row()
	p.tell(listMsg{tools.List{dropping()}, 2})
	p.sees("INCOMPLETE: 412 dropped since 11:44:51", "412 dropped  ")
	if row() != at {
		t.Errorf("it was in row %d and is in row %d", at, row())
	}
	p.press("esc")
	p.sees("INCOMPLETE")
	p.press("r")
	p.sees("INCOMPLETE", "● running")
}

func TestAVerdictIsNeverCut(t *testing.T) {
	s := dropping()
	s.Losses = append(s.Losses, report.Loss{Kind: report.LostByInterface, Count: 1500, Detail: "dropped by the interface or its driver"},
		report.Loss{Kind: report.LostInStream, Detail: "the stream ends in the middle of a packet"})
	for _, phase := range []tools.State{s, ended(s)} {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 30}, {160, 45}} {
			p := before(t, size[0], size[1], phase)
			words := strings.Join(strings.Fields(p.screen()), " ")
			if !strings.Contains(words, s.Verdict().String()) {
				t.Errorf("%s at %v: the verdict is not whole:\n%s", phase.Phase, size, p.screen())
			}
		}
	}
}

func TestTheEndOfACaptureSaysHowItEndedAndWhatItIsWorth(t *testing.T) {
	p := before(t, 80, 24, ended(busy()))
	p.sees("ended: stopped, complete")
	p.seesNot("/s", "INCOMPLETE")
	p = before(t, 80, 24, ended(dropping()))
	p.sees("ended: stopped, INCOMPLETE", "INCOMPLETE: 412 dropped since 11:44:51")
	s := ended(busy())
	s.Cause = fmt.Errorf("%w: 3 MiB are free, 512 MiB must stay free", tools.ErrMinFree)
	s.Losses = []report.Loss{{Kind: report.LostToFreeSpace, Detail: s.Cause.Error()}}
	p = before(t, 80, 24, s)
	p.sees("3 MiB are free", "INCOMPLETE")
	if said := runs.Trouble(p.m.styles, s, 200); len(said) != 1 {
		t.Errorf("it is said more than once: %q", said)
	}
	before(t, 80, 24, ended(recorder())).sees("complete from where the ring begins: 1,000 packets before that aged out")
	s = ended(busy())
	s.Counters.Known = false
	p = before(t, 80, 24, s)
	p.sees("complete as far as is known: tcpdump told no counters")
}

func TestARunThatIsNoCaptureHasNoVerdict(t *testing.T) {
	s := busy()
	s.Capture, s.Argv = false, []string{"ping", "db"}
	p := before(t, 80, 24, s)
	p.seesNot("complete", "dropped", "/s")
	p.press("z")
	if len(p.frozen) > 0 {
		t.Error("it was frozen")
	}
}

func TestARunAtRestChangesNothingOnTheScreenButTheClock(t *testing.T) {
	p := before(t, 100, 30, busy())
	p.comes(numbered(1, 40))
	screen := p.screen()
	p.tell(listMsg{tools.List{busy()}, 2}, tickMsg{noon})
	if diff := cmp.Diff(screen, p.screen()); diff != "" {
		t.Error(diff)
	}
}

func TestARingIsSaidAndFrozenByAKey(t *testing.T) {
	p := before(t, 80, 24, recorder())
	p.sees("running, ring 256 MiB", "1,000 aged out", "z freeze", "complete ", "q quit")
	p.seesNot("from where the ring begins")
	p.press("z", "r", "z")
	if diff := cmp.Diff([]tools.RunID{1, 1}, p.frozen); diff != "" {
		t.Error(diff)
	}
	p.press("r")
	s := recorder()
	s.Frozen, s.Ring.KeepAfter = "a line matched \x1b[31mreset", 30*time.Second
	p.tell(listMsg{tools.List{s}, 2})
	p.sees(`the ring is frozen: a line matched \x1b[31mreset; the capture continues for 30s`)
	p.seesNot("z freeze")
	p.tell(listMsg{tools.List{busy()}, 3})
	p.seesNot("z freeze")
	p.tell(stoppedMsg{errors.New("this run has no ring to freeze")})
	p.sees("this run has no ring to freeze")
}

func TestLimitsOfARunAreSaidWhileItRuns(t *testing.T) {
	s := busy()
	s.Limits = tools.Limits{Timer: 30 * time.Minute, Packets: 1000, Size: 100e6}
	before(t, 120, 30, s).sees("running, at most 30m, at most 1,000 packets, at most 100.0 MB")
}

func TestNamesStandInPlaceOfAddressesAndACyclesThem(t *testing.T) {
	p := before(t, 100, 30, busy())
	p.m.known = fakes.ShopNames
	line := "12:04:20.118243 IP 10.0.0.1.41822 > 10.96.0.80.443: Flags [S], length 0"
	p.comes([]text.Line{{Text: line, Time: noon}})
	p.sees("IP cart-0.shop.41822 > payments.shop.svc.443: Flags", "─ names · following", "a names")
	p.press("a")
	p.sees("IP 10.0.0.1(cart-0.shop).41822 > 10.96.0.80(payments.shop.svc).443:", "─ addresses and names · following")
	p.press("a")
	p.sees(line, "─ addresses · following")
	p.press("a", "right")
	p.sees("P cart-0.shop.41822 > payments", "names · from column 17")
	p.press("esc", "r", "enter")
	p.comes([]text.Line{{Text: line, Time: noon}})
	p.sees("cart-0.shop.41822")
}

func TestWhySomeNamesAreMissingIsSaidWhenOneAsksForNames(t *testing.T) {
	p := before(t, 100, 30, busy())
	p.m.known = fakes.Book{Missing: "services: not allowed to list services in all \x1bnamespaces"}
	p.press("a")
	p.sees(`some names are missing: services: not allowed to list services in all \x1bnamespaces`)
	p.press("a")
	p.seesNot("are missing")
	p.m.known = fakes.ShopNames
	p.press("a")
	p.seesNot("are missing")
	p.tell(snapshotMsg{})
	p.press("a")
	p.sees("some names are missing: no names have been looked up")
}

func TestOtherToolsShowBothAtFirst(t *testing.T) {
	s := busy()
	s.Capture, s.Argv = false, []string{"ip", "address"}
	p := before(t, 100, 30, s)
	p.m.known = fakes.ShopNames
	p.comes([]text.Line{{Text: "    inet 10.0.0.1/24 brd 10.0.0.255", Time: noon}})
	p.sees("inet 10.0.0.1/24(cart-0.shop) brd", "addresses and names · following")
}

func TestALineKeepsTheNameThatItsAddressHadThen(t *testing.T) {
	p := before(t, 100, 30, busy())
	p.m.known = fakes.Book{Owners: fakes.ShopNames.Owners, Since: noon}
	p.comes([]text.Line{
		{Text: "early 10.0.0.1", Time: noon.Add(-time.Minute)}, {Text: "later 10.0.0.1", Time: noon.Add(time.Minute)},
	})
	p.sees("early 10.0.0.1", "later cart-0.shop")
}

func TestNamesCanSendTheTerminalNothing(t *testing.T) {
	p := before(t, 160, 45, busy())
	p.m.known = fakes.Everyone{}
	p.comes([]text.Line{{Text: "10.0.0.1 > fd00::1: \x1b]0;x\x07", Time: noon}})
	p.sees(`\x1b[2J<U+202E> > \x1b[2J<U+202E>: \x1b]0;x\x07`)
	if raw := p.m.View(); strings.Contains(raw, "\x1b[2J") || strings.Contains(raw, "\x1b]") || strings.Contains(raw, "\u202e") {
		t.Error("a sequence came through")
	}
}

func TestQuittingAsksAboutCapturesThatAreInNoFile(t *testing.T) {
	p := before(t, 80, 24, ended(busy()))
	p.press("q")
	p.sees("1 capture was not saved: 1,204 packets, 1.3 MB", "Quit anyway?")
	if p.quit {
		t.Error("quit unasked")
	}
	p.press("n", "s", "enter")
	p.tell(saving.Saved{ID: 1, File: save.File{Path: "/x.pcapng", Packets: 1204, Bytes: 1, Verdict: report.Verdict{Kind: report.Complete}}, Capture: true})
	p.press("q")
	if !p.quit {
		t.Error("it asks about a capture that was saved")
	}
}

func TestQuittingSaysWhatIsSavedInPartOnly(t *testing.T) {
	p := before(t, 80, 24, busy())
	p.tell(saving.Saved{ID: 1, File: save.File{Path: "/x.pcapng", Packets: 1000, Bytes: 1, Partial: true, Verdict: report.Verdict{Kind: report.Complete}}, Capture: true})
	p.sees("saved 1,000 packets, 1 B so far (still running), complete")
	p.press("q")
	p.sees("1 tool is still running. Stop it and quit?", "1 capture has grown by 204 packets since it was saved")
	second := ended(busy())
	second.ID = 2
	p.tell(listMsg{tools.List{ended(busy()), second}, 2})
	p.sees("1 capture was not saved: 1,204 packets, 1.3 MB", "1 capture has grown by 204 packets since it was saved")
	p.press("r")
	p.sees("┌─ runs")
	if p.quit {
		t.Error("it quit")
	}
}

func TestARingThatAgedOutLosesOnlyWhatItHolds(t *testing.T) {
	p := before(t, 80, 24, ended(recorder()))
	p.press("q")
	p.sees("1 capture was not saved: 204 packets, 300.0 kB")
}

func TestOutputThatIsNoCaptureIsNotAskedAbout(t *testing.T) {
	s := ended(busy())
	s.Capture = false
	empty := ended(busy())
	empty.ID, empty.Packets, empty.Bytes = 2, 0, 24
	p := sit(t, 80, 24)
	p.tell(shop(), listMsg{tools.List{s, empty}, 1})
	p.press("q")
	if !p.quit {
		t.Error(p.screen())
	}
}

func TestRunsThatWereLeftAreToldAtTheStart(t *testing.T) {
	for left, want := range map[int]string{1: "1 run was left by an earlier podtracer: podtracer runs lists it", 2: "2 runs were left by an earlier podtracer: podtracer runs lists them"} {
		p := sit(t, 80, 24)
		p.m = newModel(p.m.commands, Deps{Launcher: fakes.Launcher("node-3"), Node: "node-3", Left: left})
		p.tell(tea.WindowSizeMsg{Width: 80, Height: 24}, shop())
		p.sees(want)
		p.press("down")
		p.seesNot("earlier podtracer")
	}
	p := sit(t, 80, 24)
	p.seesNot("earlier podtracer")
}

func TestAnErrorOfASaveIsToldAlsoWhenItsPromptWasLeft(t *testing.T) {
	p := before(t, 80, 24, busy())
	p.press("s", "enter", "esc")
	p.tell(saving.Saved{ID: 1, Err: errors.New("no space left on device")})
	p.sees("no space left on device")
}

func TestWhatIsSavedIncompleteSaysSo(t *testing.T) {
	p := before(t, 80, 24, ended(dropping()))
	p.press("s")
	p.tell(saving.Saved{ID: 1, File: save.File{Path: "/x.pcapng", Packets: 1204, Bytes: 1_300_000, SHA256: "9f2c", Verdict: report.Verdict{Kind: report.Incomplete, Losses: []report.Loss{{Count: 412, Detail: "dropped"}}}}, Capture: true})
	p.sees("saved 1,204 packets, 1.3 MB, INCOMPLETE: 412 dropped")
}

func TestScreensOfCapturesFitEverySize(t *testing.T) {
	long := dropping()
	long.Frozen = strings.Repeat("a line matched ", 20)
	long.Ring = tools.Ring{Size: 256 << 20, FreezeOn: regexp.MustCompile("x"), KeepAfter: time.Minute}
	long.Counters = report.Counters{Known: true, Received: 1e15, KernelDropped: 1e12, InterfaceDropped: 1e12, NotShown: 1e12, AgedOut: 1e12, AgedOutBytes: 1e12}
	long.Packets, long.Bytes = 1e15, 1e15
	long.Losses = append(long.Losses, report.Loss{Kind: report.LostInStream, Detail: strings.Repeat("the stream is broken ", 10)})
	for name, s := range map[string]tools.State{"busy": busy(), "dropping": dropping(), "recorder": recorder(), "long": long, "long, ended": ended(long), "ended": ended(busy())} {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 28}, {110, 30}, {116, 30}, {160, 45}, {400, 100}} {
			for screen, keys := range map[string][]string{"output": nil, "runs": {"r"}, "home": {"esc"}, "quit": {"q"}, "save": {"s"}} {
				p := before(t, size[0], size[1], s)
				p.comes(numbered(1, 500))
				p.press(keys...)
				fits(t, p, fmt.Sprintf("%s of %s at %v", screen, name, size))
			}
		}
	}
}

// fits checks that the screen has its size.
func fits(t *testing.T, p *person, what string) {
	t.Helper()
	lines := strings.Split(p.m.View(), "\n")
	if len(lines) != p.m.height {
		t.Errorf("%s: %d lines", what, len(lines))
	}
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > p.m.width {
			t.Errorf("%s: %d cells: %s", what, w, ansi.Strip(line))
		}
	}
}

func TestTheScreensOfCapturesLookAsTheyWereApproved(t *testing.T) {
	var packets []text.Line
	for i := range 30 {
		packets = append(packets, text.Line{
			Time: noon, Text: fmt.Sprintf("12:04:20.1182%02d IP 10.0.0.1.41822 > 10.96.0.80.443: Flags [P.], length %d", i, i*10),
		})
	}
	ping := state(3, tools.Ended)
	ping.Capture, ping.Argv, ping.Lines = false, []string{"ping", "-c", "3", "db"}, 7
	for name, c := range map[string]struct {
		state tools.State
		keys  []string
	}{
		"capture":  {busy(), nil},
		"dropping": {dropping(), []string{"a"}},
		"ring":     {recorder(), nil},
		"ended":    {ended(dropping()), nil},
		"captures": {dropping(), []string{"r"}},
		"leaving":  {recorder(), []string{"q"}},
		"saving":   {busy(), []string{"s"}},
	} {
		for _, size := range [][2]int{{80, 24}, {160, 45}} {
			p := before(t, size[0], size[1], c.state)
			p.m.known = fakes.ShopNames
			p.comes(packets)
			second := ended(busy())
			second.ID = 2
			if name == "captures" {
				p.tell(listMsg{tools.List{c.state, second, ping}, 2})
			}
			p.press(c.keys...)
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.screen())
		}
	}
}
