package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/k8s"
)

func TestALabelIsReadAsItWasWritten(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 15, 0, 0, time.UTC)
	want := Record{
		Pod:  k8s.Pod{Namespace: "shop", Name: "cart-0", UID: "u-1", Node: "node-a", Labels: "app=cart", ContainerNames: []string{"web"}},
		Argv: []string{"tcpdump", "-n"}, Created: at, Began: at.Add(time.Second), Ended: at.Add(time.Minute), Over: true, Capture: true,
		Filter: "port 53", Device: "eth0", Ring: 8 << 20, Packets: 120, Counters: Counters{Known: true, Received: 130, KernelDropped: 7, AgedOut: 20},
		Losses: []Loss{{Kind: LostInKernel, Count: 7, Since: at, Detail: "dropped by the kernel"}},
	}
	whole := want
	whole.Ring, whole.Bytes = 0, 4096 // of a ring, the packets say how much is there
	for _, want := range []Record{want, whole} {
		text, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s\n%s", err, diff, text)
		}
	}
}

// With -1 packets, a spool of any length would hold all of them.
func TestALabelWithANumberThatNobodyCanHaveCountedIsNotRead(t *testing.T) {
	const whole = `{"Argv":["tcpdump"],"Created":"2026-11-22T08:15:00Z","Capture":true,"Began":"2026-11-22T08:15:01Z","Ended":"2026-11-22T08:16:00Z",` +
		`"Ring":1,"Packets":1,"Bytes":1,"Counters":{"Known":true,"NotShown":1,"AgedOut":1,"AgedOutBytes":1}}`
	if _, err := Decode([]byte(whole)); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"Ring", "Packets", "Bytes", "NotShown", "AgedOut", "AgedOutBytes"} {
		text := strings.Replace(whole, `"`+number+`":1`, `"`+number+`":-1`, 1)
		if got, err := Decode([]byte(text)); err == nil || text == whole {
			t.Errorf("%s is read as %+v", text, got)
		}
	}
	text := strings.Replace(whole, `"Packets":1`, `"Packets":9223372036854775807`, 1)
	if got, err := Decode([]byte(text)); err == nil {
		t.Errorf("%s is read as %+v", text, got)
	}
}

func TestALabelOfAnOlderPodtracerIsReadAndOneOfAnotherFormIsNot(t *testing.T) {
	const old = `{"Namespace":"shop","Pod":"cart-0","UID":"u-1","Node":"node-a","Argv":["tcpdump"],"Created":"2026-11-22T08:15:00Z",` +
		`"Capture":true,"Began":"2026-11-22T08:15:01Z","Ended":"2026-11-22T08:16:00Z","Counters":{"Known":true,"Received":9,` +
		`"KernelDropped":2,"InterfaceDropped":0,"NotShown":0,"AgedOut":0,"AgedOutBytes":0},` +
		`"Losses":[{"Kind":"kernel-drops","Count":2,"Since":"2026-11-22T08:15:30Z","Detail":"dropped by the kernel"}],"Packets":7}`
	got, err := Decode([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	if l := got.Losses; got.Packets != 7 || got.Counters.KernelDropped != 2 || len(l) != 1 || l[0].Kind != LostInKernel || l[0].Count != 2 || l[0].Since.Second() != 30 {
		t.Errorf("%+v", got)
	}
	got.Bytes = 1000
	if v := got.Verdict(); v.Kind != Incomplete || got.Pod.String() != "shop/cart-0" {
		t.Errorf("%s: %q", got.Pod, v)
	}
	for _, text := range []string{
		"", "[]", "{", "\x00\x00", `{"schema":"podtracer.label/v2"}`,
		"null", "{}", `{"schema":"podtracer.label/v1"}`, // JSON that does not say what was run
		strings.Replace(old, `["tcpdump"]`, "[]", 1), strings.Replace(old, `"Created"`, `"Crated"`, 1), strings.Replace(old, `"Began"`, `"Begun"`, 1),
	} {
		if got, err := Decode([]byte(text)); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}
