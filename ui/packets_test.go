package ui

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/ui/fakes"
)

// beforePackets sits down before the packets of a capture.
func beforePackets(t *testing.T, width, height, packets int) *person {
	t.Helper()
	s := busy()
	s.Counters.Received = uint64(packets)
	p := before(t, width, height, s)
	p.m.known = fakes.ShopNames
	p.packets.All = nil
	p.press("tab")
	p.packetsCome(fakes.Traffic(packets)...)
	return p
}

// chosen is the row with the cursor.
func (p *person) chosen() string {
	p.t.Helper()
	for _, line := range strings.Split(p.screen(), "\n") {
		if strings.HasPrefix(line, "▸") {
			return line
		}
	}
	p.t.Errorf("there is no cursor:\n%s", p.screen())
	return ""
}

func (p *person) isAt(text string) {
	p.t.Helper()
	if got := p.chosen(); !strings.Contains(got, text) {
		p.t.Errorf("the cursor is at %q, not at %q", got, text)
	}
}

func TestTabGoesFromTheTextOfACaptureToItsPacketsToTheTalkersAndBack(t *testing.T) {
	p := before(t, 80, 24, busy())
	p.sees("▸text · packets · talkers   tab")
	for _, want := range []string{"text · ▸packets · talkers", "text · packets · ▸talkers", "▸text · packets"} {
		p.press("tab")
		p.sees(want)
	}
	p.press("shift+tab")
	p.sees("▸talkers")
	p.press("shift+tab", "esc")
	if p.m.screen != home {
		t.Error("esc does not leave the packets")
	}
	ping := busy()
	ping.Capture, ping.Argv = false, []string{"ping", "db"}
	p = before(t, 80, 24, ping)
	p.press("tab")
	p.seesNot("packets ·")
}

func TestPacketsFollowTheNewestUntilOneMoves(t *testing.T) {
	p := beforePackets(t, 80, 24, 100)
	p.sees("following", "names")
	p.isAt("▸100 ")
	p.packetsCome(fakes.Traffic(50)...)
	p.isAt("▸150 ")
	p.press("up", "up", "up")
	p.isAt("▸147 ")
	p.packetsCome(fakes.Traffic(60)...)
	p.isAt("▸147 ")
	p.sees("60 new packets below · f follow", "packet 147 of 210")
	p.press("f")
	p.isAt("▸210 ")
	p.press("g")
	p.isAt("▸  1 ")
	p.press("G")
	p.sees("following")
}

func TestOnlyTheRowsThatAreSeenAreAskedFor(t *testing.T) {
	p := beforePackets(t, 80, 24, 100_000)
	p.packets.Asked = nil
	p.press("g", "pgdown", "G", "pgup")
	rows := int64(0)
	for _, ask := range p.packets.Asked {
		rows += ask[1]
	}
	if rows == 0 || rows > 100 {
		t.Errorf("%d rows were asked for", rows)
	}
}

func TestPacketsHaveNamesTimesAndMarks(t *testing.T) {
	p := beforePackets(t, 160, 45, 70)
	p.sees("SOURCE", "DESTINATION", "cart-0.shop:41822", "payments.shop.svc:8080", "[retransmission] 41822", "GET /cart/", "+30.881757")
	p.press("a", "a")
	p.sees("10.0.0.1:41822")
	p.press("a")
	p.seesNot("10.0.0.1")
	p.press("t")
	p.sees("DELTA", "+0.118243")
	p.press("t")
	p.sees("TIME", "12:04:50.")
}

func TestAFilterLooksInStepsAndCountsWhatItFinds(t *testing.T) {
	p := beforePackets(t, 80, 24, 700)
	p.packets.Hold = true
	p.press("/", "dns cart-0")
	p.sees("packets with dns cart-0", "filter: 0 of 700 packets, looking …")
	for len(p.held) > 1 { // of what was typed before
		p.stepOn()
	}
	p.stepOn()
	p.sees("looking …")
	for len(p.held) > 0 {
		p.stepOn()
	}
	p.sees("filter: 100 of 700 packets")
	p.seesNot("looking", "HTTP")
	p.press("enter", "g")
	p.isAt("▸  4 ")
	p.press("down")
	p.isAt("▸ 11 ")
	p.packets.Hold = false
	p.packetsCome(fakes.Traffic(7)...)
	p.sees("filter: 101 of 707 packets")
	p.press("/", " nothing")
	p.sees("no packet matches")
	p.press("esc")
	p.seesNot("filter:")
	p.sees("packet 11 of 707")
}

func TestAPacketIsTakenApartAndItsFieldsBytesAreMarked(t *testing.T) {
	p := beforePackets(t, 80, 24, 70)
	p.press("up", "enter")
	p.sees("69  12:04:50.", "cart-0.shop:41822", "[retransmission]", "▸▾ Ethernet, 14 bytes", "[00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d]")
	p.press("down", "down")
	p.sees("▸    SrcMAC: 02:00:00:00:00:02", "bytes 6 to 11", "05[06 07 08 09 0a 0b]0c")
	p.press("left")
	p.sees("68  12:04:50.", "▸    SrcMAC")
	p.press("G")
	p.sees(`\x1b[31m`)
	p.press("right", "right")
	p.press("right")
	p.sees("newest packet so far", "70  12:04:50.")
	p.press("esc")
	p.isAt("▸ 70 ")
	p.press("esc")
	if p.m.screen != home {
		t.Error("esc does not leave")
	}
}

func TestAPacketThatIsGoneSaysSo(t *testing.T) {
	p := beforePackets(t, 80, 24, 70)
	p.press("g")
	p.packets.First = 30
	p.press("enter")
	p.sees("packet 1 is not there: it has aged out")
	p.press("esc")
	p.packetsCome()
	p.isAt("▸ 30 ")
	p.sees("29 aged out")
}

func TestWhatWasNotReadYetIsSaidAndComes(t *testing.T) {
	p := beforePackets(t, 80, 24, 0)
	p.packets.Unread = 200
	p.packetsCome(fakes.Traffic(1000)...)
	p.sees("read 340 of 812 MB")
	p.isAt("1000")
	p.press("pgup", "pgup", "pgup", "pgup", "pgup", "pgup", "pgup", "pgup", "pgup")
	p.sees("not read yet")
	p.packets.Unread = 0
	p.packetsCome()
	p.seesNot("not read yet", "read 340")
}

func TestAnErrorOfTheCaptureIsSaidOnceAndNotAskedAgain(t *testing.T) {
	p := beforePackets(t, 80, 24, 10)
	p.packets.Err = errors.New("read the capture: input/output error")
	p.packetsCome()
	p.sees("input/output error")
	p.press("up")
	p.seesNot("input/output error")
}

// beforeTalkers sits down before the talkers of a capture.
func beforeTalkers(t *testing.T, width, height int) *person {
	p := before(t, width, height, busy())
	p.m.known = fakes.ShopNames
	p.packets.Talkers, p.packets.Version = fakes.Talking(), 1
	p.packets.Add(fakes.Traffic(70)...)
	p.press("tab", "tab")
	return p
}

func TestTalkersAreOrderedAndKeepTheCursor(t *testing.T) {
	p := beforeTalkers(t, 160, 45)
	p.sees("cart-0.shop:41822", "payments.shop.svc:8080", "340 µs", "1,200", "reset", "and 7 other packets", "by bytes", "1 of 3 conversations")
	p.isAt("53211")
	p.press("down")
	p.isAt("41822")
	p.packets.Talkers.List = fakes.Talking().List
	p.packets.Talkers.List[0].FromA.Bytes = 1e9
	p.packets.Version = 2
	p.askAgain()
	p.isAt("41822")
	p.sees("1.0 GB")
	p.press("o")
	p.sees("RST▼", "by resets")
	p.isAt("41822")
	p.press("O")
	p.sees("RST▲", "reversed")
	p.isAt("53211")
}

func TestEnterShowsThePacketsOfAConversation(t *testing.T) {
	p := beforeTalkers(t, 80, 24)
	p.press("enter")
	p.sees("▸packets", "filter: 10 of 70 packets", "DNS")
	p.seesNot("HTTP", "ICMP")
	p.press("/", "nothing", "enter")
	p.sees("no packet matches")
	p.press("esc")
	p.sees("HTTP")
}

func TestPacketsCanSendTheTerminalNothing(t *testing.T) {
	p := beforePackets(t, 160, 45, 10)
	evil := fakes.Traffic(1)[0]
	evil.Info, evil.Protocol = "GET /\x1b]0;x\x07 \u202e", "X\x1b[2J"
	evil.Src, evil.SrcText = netip.Addr{}, "\x1b[2J"
	p.m.known = fakes.Everyone{}
	p.packetsCome(evil)
	table := p.m.View()
	p.press("enter")
	if raw := table + p.m.View(); strings.Contains(raw, "\x1b[2J") || strings.Contains(raw, "\x1b]") || strings.Contains(raw, "\u202e") {
		t.Error("a sequence came through")
	}
}

func TestPacketsLookAsTheyWereApproved(t *testing.T) {
	empty := func(p *person) { p.packets.All = nil; p.packetsCome() }
	for name, open := range map[string]func(p *person){
		"table": func(p *person) { p.packetsCome(fakes.Traffic(200)...) },
		"paused": func(p *person) {
			p.packetsCome(fakes.Traffic(200)...)
			p.press("pgup")
			p.packetsCome(fakes.Traffic(1204)...)
		},
		"tree": func(p *person) {
			p.packetsCome(fakes.Traffic(200)...)
			p.press("up", "enter", "down", "down", "down", "down", "down")
		},
		"filter": func(p *person) {
			p.packets.Hold = true
			p.packetsCome(fakes.Traffic(200)...)
			p.press("/", "d")
			p.stepOn()
		},
		"filtered": func(p *person) { p.packetsCome(fakes.Traffic(200)...); p.press("/", "dns", "enter") },
		"behind": func(p *person) {
			p.packets.Unread = 200
			p.packetsCome(fakes.Traffic(1000)...)
			p.press("g", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown")
		},
		"empty":      empty,
		"talkers":    func(p *person) { p.packets.Talkers, p.packets.Version = fakes.Talking(), 1; p.press("tab", "down") },
		"no talkers": func(p *person) { p.packets.Version = 1; p.press("tab") },
		"help":       func(p *person) { p.packetsCome(fakes.Traffic(20)...); p.press("?") },
	} {
		for _, size := range [][2]int{{80, 24}, {160, 45}} {
			p := beforePackets(t, size[0], size[1], 0)
			open(p)
			golden(t, fmt.Sprintf("packets-%s-%dx%d", strings.ReplaceAll(name, " ", "-"), size[0], size[1]), p.screen())
		}
	}
}

func TestPacketsFitEverySize(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {95, 28}, {100, 28}, {110, 30}, {129, 30}, {130, 30}, {160, 45}, {400, 100}} {
		for screen, keys := range map[string][]string{
			"packets": nil, "arrival": {"t", "t"}, "both": {"a"}, "packet": {"enter", "down", "down", "down"}, "filter": {"/", "dns"}, "talkers": {"tab", "down"}, "help": {"?"},
		} {
			p := beforePackets(t, size[0], size[1], 500)
			p.packets.Talkers, p.packets.Version = fakes.Talking(), 1
			p.press(keys...)
			fits(t, p, fmt.Sprintf("%s at %v", screen, size))
		}
	}
}

func TestEscWhileAFilterIsTypedGoesBackToThePacketOneWasAt(t *testing.T) {
	p := beforePackets(t, 160, 45, 70)
	p.press("g", "down", "down", "down", "down", "down", "down", "down", "down", "down", "down", "down", "down")
	at := p.chosen()
	p.press("/", "dns")
	p.press("ctrl+u", "nothing has this", "ctrl+u", "http")
	p.press("esc")
	if got := p.chosen(); got != at {
		t.Errorf("at %q, and before at %q", got, at)
	}
	p.sees("packet 13 of 70")
}

func TestWhatAPacketGoesThroughIsSeenWhereItIsKnown(t *testing.T) {
	p := beforePackets(t, 160, 45, 10)
	p.seesNot(" IF ")
	twice := fakes.Traffic(1)
	twice[0].Interface, twice[0].Info = 3, "[VXLAN] 41822 → 8080 [SYN] Seq=0 Win=64240 Len=0"
	p.packetsCome(twice...)
	p.sees(" IF ", "[VXLAN] 41822")

	p = beforeTalkers(t, 160, 45)
	p.seesNot("VIA")
	through := fakes.Talking().List[0]
	through.Interface, through.Tunnel = 3, "VXLAN"
	p.packets.Talkers.List = append(p.packets.Talkers.List, through)
	p.packets.Version = 2
	p.askAgain()
	p.sees("VIA", "VXLAN 3")
}

func TestAFilterThatIsNotUnderstoodIsRedSaysWhyAndHidesNothing(t *testing.T) {
	p := beforePackets(t, 80, 24, 700)
	p.press("/", "tcp.port==8080")
	p.sees("tcp.port==8080 is Wireshark's", "port 8080", "all packets are shown", "HTTP")
	p.seesNot("no packet matches", "filter: 0")
	p.press("enter")
	p.sees("packets with tcp.port==8080")
	p.press("ctrl+u", "port 8080", "enter")
	p.sees("filter: 500 of 700 packets")
	p.seesNot("Wireshark")
}
