package ui

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/demo"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/ui/tty"
)

// What a pod that may administer its own network can call its interfaces: the kernel refuses blanks, / and : alone.
var oddNames = []string{"x\x1b[2J", "\x1b]52;c;YQ==\a", "a\u202eb", "\x9b31m\xff", "a;id", "$(id)", "'", "-w", "e\u0301\u0301\u0301\u0301"}

func TestAnInterfaceWithAnOddNameIsShownSafelyAndNotOffered(t *testing.T) {
	if err := ns.CheckNamespaces(); err != nil {
		t.Skip(err)
	}
	demo, err := demo.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = demo.Close() })
	if err := demo.AddPod("odd", netip.MustParseAddr("10.244.0.9")); err != nil {
		t.Fatal(err)
	}
	netns, err := demo.Find(t.Context(), ns.Pod{UID: "odd"})
	if err != nil {
		t.Fatal(err)
	}
	defer netns.Close()
	for i, name := range oddNames {
		err := netns.Do(func() error {
			return netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: "plain" + strconv.Itoa(i)})
		})
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
	}
	network, err := netinfo.Read(t.Context(), netns)
	if err != nil {
		t.Fatal(err)
	}

	p := openKnowing(t, 160, 45)
	p.press("tab", "ctrl+u", "-i ")
	p.tell(p.networks[0](network))
	p.press("ctrl+n")
	isSafe(t, p)
	p.press("up")
	p.sees("plain8", "9 that are not offered: their names cannot be typed")
	var offered []string
	for range len(network.Interfaces) - len(oddNames) + 1 { // and any
		row := p.screen()
		row = row[strings.LastIndex(row, "▸ ")+len("▸ "):] // the first one is at the tool
		offered = append(offered, strings.Fields(row)[0])
		p.press("down")
	}
	p.sees("▸ any")
	for _, i := range network.Interfaces {
		if odd := slices.Contains(oddNames, i.Name); slices.Contains(offered, i.Name) == odd {
			t.Errorf("of %q, odd %v, are offered %q", i.Name, odd, offered)
		}
	}
	for _, name := range oddNames[:8] { // typed or pasted; people who type many accents want them
		p.press("ctrl+u", "-i "+name)
		isSafe(t, p)
	}
}

// isSafe looks for what a terminal would act on, without the last sieve.
func isSafe(t *testing.T, p *person) {
	t.Helper()
	drawn := p.m.View()
	if got := tty.Styled(drawn); got != strings.ReplaceAll(drawn, "\n", "") {
		t.Errorf("the sieve had to do something: %q", drawn)
	}
	for line := range strings.Lines(p.screen()) {
		if line = strings.TrimSuffix(line, "\n"); !printable.Is(line) {
			t.Errorf("%q", line)
		}
	}
}
