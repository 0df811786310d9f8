package tools

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/tools/launch"
)

// preset returns the command of a preset, with its blanks filled in.
func preset(t *testing.T, name string) []string {
	t.Helper()
	i := slices.IndexFunc(command.Presets(), func(p command.Preset) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("there is no preset %q", name)
	}
	return presetArgv(t, command.Presets()[i])
}

func presetArgv(t *testing.T, p command.Preset) []string {
	t.Helper()
	args := strings.NewReplacer("http://HOST/", "http://"+cartAddr.String()+":8080/", "HOST", cartAddr.String(), "ADDRESS", cartAddr.String(), "PORT", "8080", "NAME", "cart", "duration:10", "duration:1", "-t 10 ", "-t 1 ", "-rwn -c 10", "-rwn -c 1 -G 0.2").Replace(p.Args)
	words, err := command.Split(args)
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{p.Tool}, words...)
}

func TestEveryPresetRunsInAPodAndComplainsOfNothing(t *testing.T) {
	waits(t)
	n := newNode(t)
	serveShop(t, n)
	iperf := n.start(t, Request{Pod: cart, Argv: []string{"iperf3", "-s", "--forceflush"}, Text: true})
	n.untilLine(t, iperf, "Server listening")
	bad := []string{"usage", "Usage", "invalid", "Invalid", "unrecognized", "unknown option", "syntax error", "can't parse", "isn't a valid", "not found", "Unknown", "Error", "error:"}
	var ids []RunID
	for _, p := range command.Presets() {
		if p.Pair() {
			continue // has a test of its own
		}
		argv := presetArgv(t, p)
		needTools(t, argv[0])
		ids = append(ids, n.start(t, Request{Pod: shop, Argv: argv, Text: true, Terminal: &launch.Size{Columns: 200, Rows: 50}, Limits: Limits{Timer: patience}}))
	}
	for _, id := range ids {
		n.until(t, id, "it has begun", func(s State) bool { return s.Phase == Ended || !s.Began.IsZero() })
	}
	time.Sleep(3 * time.Second) // a preset that goes on may fail within this time
	for _, id := range ids {
		state := n.stopAndWait(t, id)
		text, notes := n.allLines(t, id)
		said := strings.Join(append(text, notes...), "\n")
		if state.Err != nil || state.Began.IsZero() || state.Status() != 0 {
			t.Errorf("%s: %s, %v\n%s", command.Join(state.Argv), state.Outcome(), state.Err, said)
		}
		for _, word := range bad {
			if strings.Contains(said, word) && state.Tool() != "ip" && state.Tool() != "nstat" && state.Tool() != "conntrack" {
				t.Errorf("%s says:\n%s", command.Join(state.Argv), said)
				break
			}
		}
	}
}

func TestEachFilterOfAPresetCompiles(t *testing.T) {
	n := newNode(t)
	for _, p := range command.Presets() {
		if p.Tool == "tcpdump" {
			if check := n.CheckFilter(within(t, patience), shop, presetArgv(t, p)); !check.Known || !check.OK {
				t.Errorf("%s: %+v", p.Name, check)
			}
		}
	}
}

// inPod calls f in the network namespace of a pod. Sockets that f opens stay in that namespace.
func (n *node) inPod(t *testing.T, pod k8s.Pod, f func() error) {
	t.Helper()
	netns, err := n.demo.Find(t.Context(), ns.Pod{UID: pod.UID})
	if err != nil {
		t.Fatal(err)
	}
	defer netns.Close()
	if err := netns.Do(f); err != nil {
		t.Fatal(err)
	}
}

// TestAPresetShowsItsSymptom causes each symptom with real packets, and waits until the preset shows it.
func TestAPresetShowsItsSymptom(t *testing.T) {
	waits(t)
	n := newNode(t)
	serveShop(t, n)
	servePlain(t, n)
	drop := func(t *testing.T, pod k8s.Pod, rule ...string) {
		for _, argv := range [][]string{
			{"nft", "add", "table", "inet", "drops"}, {"nft", "add", "chain", "inet", "drops", "in", "{ type filter hook input priority 0; }"},
			append([]string{"nft", "add", "rule", "inet", "drops", "in"}, rule...),
		} {
			if r := n.run(t, pod, argv...); r.Status() != 0 {
				t.Fatal(r.Outcome(), r.err)
			}
		}
		t.Cleanup(func() { n.run(t, pod, "nft", "delete", "table", "inet", "drops") })
	}
	curl := func(args ...string) func(*testing.T) {
		return func(t *testing.T) { n.run(t, shop, append([]string{"curl", "-s", "-m", "2"}, args...)...) }
	}
	for _, c := range []struct {
		preset string
		make   func(t *testing.T)
		want   string
		drop   []string // what cart drops meanwhile
	}{
		{"DNS queries and answers", func(t *testing.T) { n.run(t, shop, "dig", "+tries=1", "nothing.shop.svc.cluster.local") }, "NXDomain", nil},
		{"DNS answer times", func(t *testing.T) { n.run(t, shop, "dig", "+tries=1", "nothing.shop.svc.cluster.local") }, "\t3\tnothing.shop", nil},
		{"SYN without answer", curl("http://10.244.0.12:8080/"), "Flags [S], seq", []string{"tcp", "dport", "8080", "drop"}},
		{"resets", curl("http://10.244.0.12:1/"), "Flags [R.]", nil},
		{"ICMP errors", func(t *testing.T) { n.run(t, shop, "dig", "+tries=1", "+timeout=1", "@10.244.0.12", "x") }, "port 53 unreachable", nil},
		{"fragments and oversized packets", func(t *testing.T) { n.run(t, shop, "ping", "-c", "1", "-s", "4000", "10.244.0.12") }, "offset 1480", nil},
		{"TLS handshakes (SNI)", curl("-k", "--resolve", "pay.example.com:8443:10.244.0.12", "https://pay.example.com:8443/"), "pay.example.com", nil},
		{"HTTP requests", curl("-H", "Host: shop.example", "http://10.244.0.12:8080/api/cart"), "shop.example\tGET\t/api/cart", nil},
		{"HTTP answers and their times", curl("http://10.244.0.12:8080/nothing"), "\t404\t10.244.0.12", nil},
		{"ARP and neighbour discovery", func(t *testing.T) { n.run(t, shop, "ping", "-c", "1", "-W", "1", "10.244.0.77") }, "who-has 10.244.0.77", nil},
		{"retransmits, by packet", curl("http://10.244.0.12:8080/"), "[TCP Retransmission]", []string{"tcp", "dport", "8080", "tcp", "flags", "&", "psh", "==", "psh", "drop"}},
		{"conntrack events", func(t *testing.T) {
			n.run(t, shop, "nft", "add", "table", "inet", "t")
			n.run(t, shop, "nft", "add", "chain", "inet", "t", "in", "{ type filter hook input priority 0; }")
			n.run(t, shop, "nft", "add", "rule", "inet", "t", "in", "ct", "state", "established", "accept")
			n.run(t, shop, "ping", "-c", "1", "10.244.0.12")
		}, "[NEW]", nil},
	} {
		t.Run(c.preset, func(t *testing.T) {
			id := n.start(t, Request{Pod: shop, Argv: preset(t, c.preset), Text: true, Terminal: &launch.Size{Columns: 200, Rows: 50}})
			n.until(t, id, "its start", func(s State) bool { return s.Phase == Running })
			if c.drop != nil {
				drop(t, cart, c.drop...)
			}
			found := make(chan struct{})
			go func() { // ends with the line, or with the test
				defer close(found)
				n.untilLine(t, id, c.want)
			}()
			for began := time.Now(); ; c.make(t) { // no tool tells when it is ready, so repeat
				select {
				case <-found:
					n.stopAndWait(t, id)
					return
				case <-time.After(300 * time.Millisecond):
				}
				if time.Since(began) > patience {
					<-found
				}
			}
		})
	}
}

// servePlain lets the pod cart accept TLS connections on port 8443.
func servePlain(t *testing.T, n *node) {
	t.Helper()
	var l net.Listener
	n.inPod(t, cart, func() (err error) {
		l, err = net.Listen("tcp4", "0.0.0.0:8443")
		return err
	})
	ended := make(chan struct{})
	go func() { // ended by the listener
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			server := tls.Server(conn, &tls.Config{}) // the client's hello comes before a certificate is needed
			_ = server.Handshake()
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
}

func TestRetransmitsAreCounted(t *testing.T) {
	n := newNode(t)
	r := n.run(t, shop, preset(t, "retransmits, counted")...)
	if err := containsAll(r.out, "TcpRetransSegs", "TcpExtTCPTimeouts", "TcpExtListenDrops"); err != nil || r.Status() != 0 {
		t.Error(err, r.err)
	}
}

// pairOf returns the preset for two pods: its server in cart, its client in shop.
func pairOf(t *testing.T, seconds string) (server, client Request) {
	t.Helper()
	i := slices.IndexFunc(command.Presets(), command.Preset.Pair)
	p := command.Presets()[i]
	needTools(t, p.Tool)
	serving, _ := command.Split(p.Server)
	asking, _ := command.Split(strings.Replace(p.Args, "-t 10", "-t "+seconds, 1))
	return Request{Pod: cart, Argv: append([]string{p.Tool}, serving...), Text: true},
		Request{Pod: shop, Argv: append([]string{p.Tool}, command.FillServer(asking, cart.IP())...), Text: true}
}

func TestAServerAndItsClientRunInTwoPodsAndEndTogether(t *testing.T) {
	waits(t)
	for name, end := range map[string]func(n *node, server, client RunID) error{
		"by themselves":          func(*node, RunID, RunID) error { return nil },
		"when the client stops":  func(n *node, _, client RunID) error { return n.Stop(client) },
		"when the server stops":  func(n *node, server, _ RunID) error { return n.Stop(server) },
		"when podtracer is done": func(*node, RunID, RunID) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			seconds := "60"
			if name == "by themselves" {
				seconds = "1"
			}
			server, client := pairOf(t, seconds)
			serverID, clientID, err := n.StartPair(t.Context(), server, client)
			if err != nil {
				t.Fatal(err)
			}
			n.untilLine(t, clientID, "connected to 10.244.0.12")
			if name == "when podtracer is done" {
				return // newNode waits for the end and looks for leftovers
			}
			if err := end(n, serverID, clientID); err != nil {
				t.Fatal(err)
			}
			c, s := n.wait(t, clientID), n.wait(t, serverID)
			if name == "by themselves" && (c.Outcome() != "exit 0" || s.Outcome() != "exit 0") {
				t.Errorf("client: %s, server: %s", c.Outcome(), s.Outcome())
			}
			if c.Status() != 0 && name == "when the client stops" || c.Exit.Killed || s.Exit.Killed {
				t.Errorf("client: %s, server: %s", c.Outcome(), s.Outcome())
			}
		})
	}
}

func TestAServerThatCannotServeIsSaidAndNoClientIsStarted(t *testing.T) {
	n := newNode(t)
	server, client := pairOf(t, "1")
	busy := n.start(t, server)
	n.untilLine(t, busy, "Server listening")
	server.Argv = []string{"sh", "-c", "exit 3"}
	_, _, err := n.StartPair(t.Context(), server, client)
	if err == nil || !strings.Contains(err.Error(), "ended before its client began: exit 3") {
		t.Error(err)
	}
	client.Pod.Node = "node-b"
	if _, _, err = n.StartPair(t.Context(), server, client); err == nil || !strings.Contains(err.Error(), "runs on node node-b") {
		t.Error(err)
	}
	list, _, err := n.Next(within(t, patience), 0)
	if err != nil || len(list) != 2 {
		t.Errorf("%d runs, %v", len(list), err)
	}
}

func TestAFilterIsCheckedInThePodByTcpdumpItself(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		args string
		want filter.Check
	}{
		{"-i eth0 -n port 53", filter.Check{Known: true, OK: true, Filter: "port 53"}},
		{"-i eth0 -n", filter.Check{Known: true, OK: true}},
		{"-i eth0 -nA -c 5 -w - tcp and proto or 8", filter.Check{Known: true, Filter: "tcp and proto or 8", Message: "can't parse filter expression: syntax error"}},
		{"-i eth7 port 53", filter.Check{Known: true, Filter: "port 53", Message: "eth7: No such device exists"}},
		{"-i eth0 -- icmp", filter.Check{Known: true, OK: true, Filter: "icmp"}},
		{"-i eth0 host cart", filter.Check{Filter: "host cart", Name: "cart"}}, // a check sends nothing from the pod
		{"-D", filter.Check{}},
		{"-r x.pcap port 1", filter.Check{}},
		{"-i eth0 -z /bin/evil port 1", filter.Check{}},
	} {
		words, err := command.Split(c.args)
		if err != nil {
			t.Fatal(err)
		}
		got := n.CheckFilter(within(t, patience), shop, append([]string{"tcpdump"}, words...))
		for _, telling := range []string{"No such device", "syntax error"} { // the words around it differ between versions
			if strings.Contains(c.want.Message, telling) && strings.Contains(got.Message, telling) {
				got.Message = c.want.Message
			}
		}
		if got != c.want {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
	if got := n.CheckFilter(within(t, patience), shop, []string{"/nowhere/tcpdump", "port 1"}); got.Known {
		t.Errorf("without tcpdump: %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := n.CheckFilter(ctx, shop, []string{"tcpdump", "port 1"}); got.Known || errors.Is(ctx.Err(), nil) {
		t.Errorf("after its context ended: %+v", got)
	}
}
