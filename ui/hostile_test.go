package ui

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/detail"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/saving"
	"github.com/fennec-project/podtracer/ui/tty"
)

// hostile is text from somebody who wants to affect a terminal.
const hostile = "\x1b]52;c;YQ==\a\x1b[2J\u009b31m\x9b\u202e\u2066\u200b\r\n\t\x7f\u0301\u0301\u0301\u0301\u0301"

var errHostile = hint.Add(errors.New(strings.Repeat(" ", 300)+hostile), hostile)

// poison appends hostile text to all texts of a value that is made of others.
func poison[T any](v T) T {
	poisonAll(reflect.ValueOf(&v).Elem())
	return v
}

func poisonAll(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(v.String() + hostile)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poisonAll(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poisonAll(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if v.Type().Elem().Kind() == reflect.String {
				v.SetMapIndex(key, reflect.ValueOf(v.MapIndex(key).String()+hostile))
			}
		}
	}
}

// hostileFavourites is what comes of favourites with hostile names, and of those that cannot be kept in a directory with a hostile
// name, where nothing can.
func hostileFavourites(t *testing.T) (messages []tea.Msg, stateDir string) {
	t.Helper()
	dir := t.TempDir()
	text, err := json.Marshal(map[string][]string{"favourites": {"shop/cart" + hostile}, "used": {"shop/x" + hostile}})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "favourites.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	stateDir = filepath.Join(dir, "favourites.json", hostile)
	kept, nowhere := sitAgain(t, 80, 24, dir).m.pods, sitAgain(t, 80, 24, stateDir).m.pods
	nowhere.Show(fakes.Shop())
	_, keep := nowhere.Star()
	messages = []tea.Msg{kept.Load()(), nowhere.Load()(), keep()}
	for i, msg := range messages {
		if msg == nil {
			t.Fatalf("message %d is none", i)
		}
	}
	return messages, stateDir
}

// hostileWorld tells a console of a world in which every text is hostile.
func (p *person) hostileWorld(random *rand.Rand, favourites []tea.Msg) {
	run, capture := ended(busy()), dropping()
	run.ID, run.Capture, run.Err = 2, false, errHostile
	capture.Cause, capture.Frozen = errHostile, "a line"
	pods := shop()
	pods.snapshot.Services = []k8s.Service{{Namespace: "shop", Name: "payments", Addrs: []netip.Addr{netip.MustParseAddr("10.96.0.110")}}}
	pods.snapshot = poison(pods.snapshot)
	if random.IntN(2) == 0 {
		pods.snapshot.Err = errHostile
	}
	network := poison(netinfo.Network{
		Interfaces: []netinfo.Interface{{Name: "eth0", Kind: "veth", MAC: "x"}, {Name: "a", Up: true}}, Routes: []netinfo.Route{{Device: "eth0", Kind: "x"}},
	})
	details := poison(k8s.Details{
		Owner: "Deployment cart", Labels: map[string]string{"app": "cart"}, EventsErr: errHostile,
		Containers: []k8s.ContainerDetail{{Name: "a", Image: "b/c", State: "d", Kind: "init"}},
		Events:     []k8s.Event{{Time: noon, Type: "Warning", Reason: "Failed", Message: "x", Count: 3}},
	})
	messages := []tea.Msg{
		pods, listMsg{poison(tools.List{capture, run}), 1}, startedMsg{id: 1}, startedMsg{err: errHostile}, stoppedMsg{errHostile},
		detail.FromAPI{View: p.m.detail.View(), Details: details, Err: nil}, detail.FromAPI{View: p.m.detail.View(), Details: k8s.Details{}, Err: errHostile},
		detail.FromNetwork{View: p.m.detail.View(), Network: network, Err: nil}, detail.FromNetwork{View: p.m.detail.View(), Network: netinfo.Network{}, Err: errHostile},
		saving.Saved{ID: 1, File: poison(save.File{Path: "/x", SHA256: "0", Verdict: report.Verdict{Kind: report.Complete}}), Capture: true, Instead: errHostile}, saving.Saved{Err: errHostile},
		saving.SavedSet{SavedSet: tools.SavedSet{Runs: []tools.RunID{1}, Saved: poison(save.Saved{
			Files: []save.File{{Path: "/x", SHA256: "0"}, {Path: "/y", SHA256: "0"}}, Parts: []save.Part{{}}, Verdict: report.Verdict{Kind: report.Complete},
		})}, Alone: []saving.Saved{{File: poison(save.File{Path: "/z"}), Instead: errHostile}}}, saving.SavedSet{Err: errHostile},
		copiedMsg{err: errHostile},
		defaultsMsg{"/captures/" + hostile}, linkMsg{tty.Link{RecordingEnded: errHostile}, 1}, backMsg{noon, errHostile},
	}
	if len(p.networks) > 0 {
		messages = append(messages, p.networks[len(p.networks)-1](network))
	}
	messages = append(messages, favourites...)
	n := random.IntN(len(messages) + 1)
	if n == len(messages) {
		p.do(p.m.form.Init()) // a history that cannot be read
		return
	}
	p.tell(messages[n])
}

// What is on the screen was made safe where it came from: the sieve before the terminal has nothing to do.
func TestInAHostileWorldTheSieveHasNothingToDo(t *testing.T) {
	keys := strings.Fields(`enter enter enter esc tab up down left right pgup pgdown / : p ctrl+p ctrl+r ctrl+n ctrl+t ctrl+y r s y x q n f w t a & ! H m
		c z g G ? * @ 1 2 3 4 home end backspace ctrl+u ctrl+] d v o i e l space`)
	favourites, stateDir := hostileFavourites(t)
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 7))
		size := [][2]int{{80, 24}, {160, 45}, {120, 30}, {60, 16}}[seed%4]
		p := sitAgain(t, size[0], size[1], stateDir)
		p.m.commands.nextLink = func(uint64) tea.Cmd { return nil }
		p.m.deps.Cluster, p.m.deps.Node = hostile, "node-3"+hostile
		p.text.Add(text.Line{Text: "10.244.1.17 > x" + hostile, Time: noon, Run: 1}, text.Line{Text: hostile, Time: noon, Run: 1, Note: true})
		p.packets.Add(poison(fakes.Traffic(20))...)
		pods := shop()
		pods.snapshot = poison(pods.snapshot)
		p.tell(pods, listMsg{poison(tools.List{dropping(), ended(busy())}), 1})
		for step := range 400 {
			if random.IntN(3) == 0 {
				p.hostileWorld(random, favourites)
			} else {
				p.press(keys[random.IntN(len(keys))])
			}
			p.m.now = noon.Add(time.Duration(step) * time.Second)
			drawn := p.m.View()
			if got := tty.Styled(strings.ReplaceAll(drawn, "\n", "")); got != strings.ReplaceAll(drawn, "\n", "") {
				t.Fatalf("seed %d, step %d: the sieve had to do something: %q", seed, step, drawn)
			}
			for line := range strings.Lines(p.screen()) {
				if line = strings.TrimSuffix(line, "\n"); !printable.Is(line) {
					t.Fatalf("seed %d, step %d: %q", seed, step, line)
				}
			}
		}
	}
}

func TestALongErrorLeavesWhatItIsAboutOnTheScreen(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {160, 45}} {
		p := sit(t, size[0], size[1])
		p.tell(shop(), stoppedMsg{hint.Add(errors.New(strings.Repeat("the API said: no\n", 500)), strings.Repeat("do this\n", 500))})
		p.sees("the API said: no", "hint: do this", "more lines", "search:")
		p.press("enter")
		p.sees("run in")
	}
}
