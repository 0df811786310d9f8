package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/call"
	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/saving"
	"github.com/fennec-project/podtracer/ui/tty"
)

func TestTheLineThatRunsTheSameIsCopiedFromARunAndFromTheList(t *testing.T) {
	p := sit(t, 80, 24)
	run := state(1, tools.Running)
	run.Asked = []string{"tcpdump", "-i", "eth0", "tcp[13] & 2 != 0"}
	p.tell(shop(), listMsg{tools.List{run}, 1}, startedMsg{id: 1})
	p.press("y")
	p.sees("copied 109 bytes (OSC 52); the terminal does not confirm it", "y copy")
	p.press("Y", "r", "y", "Y")
	line := "podtracer run --pod cart-7f9c4-x2lpq -n shop -f cart-7f9c4-x2lpq.pcapng -- tcpdump -i eth0 'tcp[13] & 2 != 0'"
	plain := "tcpdump -i eth0 'tcp[13] & 2 != 0'"
	if diff := cmp.Diff([]string{line, plain, line, plain}, p.copied); diff != "" {
		t.Error(diff)
	}
}

func TestWhatEndsARunIsInTheLineThatIsCopied(t *testing.T) {
	run := state(1, tools.Running)
	run.Limits = tools.Limits{Timer: 90 * time.Second, Size: 100 << 20, Packets: 5000, MinFree: -1}
	run.Ring = tools.Ring{Size: 1000, FreezeOn: regexp.MustCompile("Flags .R"), KeepAfter: 30 * time.Second}
	run.Headers, run.Asked = true, []string{"tcpdump"}
	want := "podtracer run --pod cart-7f9c4-x2lpq -n shop -t 1m30s --max-size 100MiB --max-packets 5000 --min-free none" +
		" --ring 1000 --freeze-on 'Flags .R' --keep-after 30s --snaplen-headers -f cart-7f9c4-x2lpq.pcapng -- tcpdump"
	if got := form.RunLine(call.Call{}, run); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestThePathOfASavedFileIsCopied(t *testing.T) {
	p := watchRun(t)
	p.press("ctrl+y")
	p.sees("nothing of this run has been saved yet", "s saves it")
	p.press("f")
	p.tell(saving.Saved{ID: 1, File: save.File{Path: "/captures/cart.pcapng", Packets: 3}, Capture: true})
	p.sees("/captures/cart.pcapng (ctrl+y copies the path)")
	p.press("down", "ctrl+y")
	if diff := cmp.Diff([]string{"/captures/cart.pcapng"}, p.copied); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasCopiedIsCountedAndATerminalThatIsGoneIsAnError(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
	if err != nil {
		t.Fatal(err)
	}
	terminal := tty.New(nil, out, func() {})
	if msg, ok := copyTo(terminal, "ss -t").(copiedMsg); !ok || msg != (copiedMsg{5, nil}) {
		t.Errorf("%+v", msg)
	}
	out.Close()
	if msg := copyTo(terminal, "ss -t").(copiedMsg); msg.err == nil {
		t.Error("a terminal that is gone is no error")
	}
}
