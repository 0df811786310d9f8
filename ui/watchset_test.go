package ui

import (
	"fmt"
	"testing"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// sitBeforeSet sits down before the text of a set of three captures, of which each has every third packet.
func sitBeforeSet(t *testing.T, width, height int) *person {
	t.Helper()
	p := sit(t, width, height)
	p.text = together()
	p.packets.Add(fakes.Traffic(60)...)
	for i := range p.packets.All {
		p.packets.All[i].From = i % 3
	}
	p.packets.Talkers, p.packets.Version = fakes.Talking(), 1
	p.packets.Talkers.List[1].From = 2
	p.tell(shop(), fleet())
	p.press("r", "down", "enter")
	return p
}

func TestThePacketsOfASetHaveTheirPodsAndTheKeysOfACapture(t *testing.T) {
	p := sitBeforeSet(t, 120, 28)
	p.sees("tcpdump in 3 pods", "tab packets")
	p.press("tab")
	p.sees("tcpdump in 3 pods", "2 of 3 running", "▸packets", "POD", "7f9c4-x2lpq", "cache-0", "following")
	if asked := p.packets.Of; asked != (tools.TextID{Set: 1}) {
		t.Errorf("the packets of %+v were asked for", asked)
	}
	p.press("/")
	p.typeIn("cache-0 syn")
	p.press("enter")
	p.sees("filter: 6 of 60 packets", "cache-0", "[SYN")
	p.seesNot("9kkzw")
	p.press("esc", "g", "enter")
	p.sees(" 7f9c4-x2lpq  1  ", "▾ Ethernet")
	p.press("right")
	p.sees(" 7f9c4-9kkzw  2  ")
	p.press("esc")
	p.packetsCome(fakes.Traffic(1)...)
	p.press("f")
	p.sees("61", "following")
}

func TestTheConversationsOfASetHaveTheirPods(t *testing.T) {
	p := sitBeforeSet(t, 120, 28)
	p.press("tab", "tab")
	p.sees("▸talkers", "POD", "7f9c4-x2lpq", "cache-0", "3 conversations")
	p.press("s")
	p.sees("save the packets of 3 pods as one")
	p.press("esc", "x")
	p.sees("Stop tcpdump in 2 pods?")
	p.press("n", "y")
	p.sees("run by run")
	p.press("enter")
	p.sees("▸packets", "filter: ")
	p.press("esc", "tab", "tab")
	p.sees("7f9c4-x2lpq IP 10.244.1.17", "tab packets") // the text again
	p.press("shift+tab")
	p.sees("▸talkers")
	p.press("r", "r")
	p.sees("▸talkers")
	p.press("esc")
	p.sees("all together", "tcpdump  3 pods")
	p.press("down", "enter")
	p.sees("▸text · packets")
	p.seesNot("in 3 pods")
}

// A conversation between two pods of a set is in both, and each has its own row and its own packets.
func TestAConversationOfOnePodDoesNotShowThePacketsOfAnother(t *testing.T) {
	p := sitBeforeSet(t, 120, 28)
	twin := p.packets.Talkers.List[0]
	p.packets.Talkers.List = append(p.packets.Talkers.List[:0:0], twin, twin)
	p.packets.Talkers.List[1].From = 1
	for i, packets := range []int{15, 14} {
		p.press("tab", "tab", "g")
		for range i {
			p.press("down")
		}
		p.press("enter")
		p.sees(fmt.Sprintf("filter: %d of 60 packets", packets))
		p.press("esc", "tab", "tab")
	}
}

func TestASetIsLookedAtAsItWasApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for name, keys := range map[string][]string{"set-packets": {"tab"}, "set-talkers": {"tab", "tab"}, "set-packet": {"tab", "g", "enter"}} {
			p := sitBeforeSet(t, size[0], size[1])
			p.press(keys...)
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.screen())
		}
	}
}

func TestWhatIsNoCaptureHasNoPacketsAsASet(t *testing.T) {
	p := sit(t, 100, 28)
	list := tools.List{shell(1, tools.Running), shell(2, tools.Running)}
	list[0].Set, list[1].Set = 1, 1
	p.tell(shop(), listMsg{list, 1})
	p.press("r", "enter")
	p.seesNot("tab packets")
	p.press("tab")
	if p.m.screen != splitting {
		t.Errorf("screen %v", p.m.screen)
	}
}
