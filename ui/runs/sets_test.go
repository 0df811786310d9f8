package runs

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestPodsAreToldApartByAsLittleAsCanBe(t *testing.T) {
	for _, c := range []struct{ pods, want []string }{
		{[]string{"shop/cart-7f9c4-9kkzw", "shop/cart-7f9c4-x2lpq"}, []string{"9kkzw", "x2lpq"}},
		{[]string{"shop/cart-0", "shop/web-0"}, []string{"cart-0", "web-0"}},
		{[]string{"shop/cart-0", "test/cart-0"}, []string{"shop/cart-0", "test/cart-0"}},
		{[]string{"shop/cart", "shop/cart-0"}, []string{"cart", "cart-0"}},
		{[]string{"shop/cart-0", "shop/cart-0"}, []string{"cart-0 1", "cart-0 2"}},
	} {
		var members []tools.State
		for i, name := range c.pods {
			namespace, rest, _ := strings.Cut(name, "/")
			members = append(members, tools.State{ID: tools.RunID(i + 1), Pod: fakes.Pod(namespace, rest, "", "")})
		}
		names := TellApart(members)
		if got := []string{names[1], names[2]}; !cmp.Equal(got, c.want) {
			t.Errorf("%v: %v", c.pods, got)
		}
	}
}

func TestPodsOfASetHaveInksOfTheirOwn(t *testing.T) {
	var members []tools.State
	for i, name := range []string{"client-0", "web-5f7d9c-x2lpq", "db-0", "api-7c6b4f-9kkzw", "cache-66cd4-tz4k8", "client-0"} {
		members = append(members, tools.State{ID: tools.RunID(i + 1), Pod: fakes.Pod("shop", name, "node-3", "Running")})
	}
	inks := PodInks(members, TellApart(members))
	different := map[style.Ink]bool{}
	for _, i := range inks {
		different[i] = true
	}
	if len(inks) != 5 || len(different) != 5 || different[style.PlainInk] {
		t.Errorf("got %v", inks)
	}
}

func TestTheTitleOfASetSaysThatTheClocksOfItsNodesAreApart(t *testing.T) {
	now := time.Now()
	of := func(ahead ...time.Duration) []tools.State {
		members := []tools.State{{Set: 1, Argv: []string{"tcpdump"}, Pod: fakes.Pod("shop", "cart-0", "node-1", ""), Clock: clock.Course{{At: now}}}}
		for _, a := range ahead {
			members = append(members, tools.State{
				Set: 1, Argv: []string{"tcpdump"}, Pod: fakes.Pod("shop", "cart-1", "node-2", ""), Clock: clock.Course{{At: now, Ahead: a, Within: 2 * time.Millisecond}},
			})
		}
		return append(members, tools.State{Set: 1, Argv: []string{"tcpdump"}, Pod: fakes.Pod("shop", "cart-2", "node-3", "")}) // not compared
	}
	for _, c := range []struct {
		members []tools.State
		want    string
	}{
		{of(), ""}, {of(time.Millisecond), ""}, {of(2500 * time.Microsecond), ""}, // it may be less than a millisecond
		{of(5002 * time.Millisecond), "clocks 5 s apart"}, {of(-52 * time.Millisecond), "clocks 50 ms apart"},
	} {
		_, how := TitleOf(style.Styles{}, c.members, true, now)
		if got, _, _ := strings.Cut(how, "  "); strings.Contains(how, "clocks") != (c.want != "") || c.want != "" && got != c.want {
			t.Errorf("%v: %q, want %q", c.members[1].Clock, how, c.want)
		}
	}
}
