package tools

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
)

// serveShop lets the pod cart serve HTTP and the pod dns serve names.
func serveShop(t *testing.T, n *node) {
	t.Helper()
	if err := n.demo.ServeHTTP(t.Context(), cart.UID, 8080); err != nil {
		t.Fatal(err)
	}
	names := map[string][]netip.Addr{"cart.shop.svc.cluster.local": {cartAddr}}
	if err := n.demo.ServeDNS(t.Context(), dns.UID, names); err != nil {
		t.Fatal(err)
	}
}

func TestEachToolOfTheCatalogueSeesThePodsNetwork(t *testing.T) {
	n := newNode(t)
	serveShop(t, n)
	for _, c := range []struct {
		name string
		pod  k8s.Pod
		argv []string
		want []string
	}{
		{"addresses", cart, []string{"ip", "-o", "address"}, []string{"eth0", "10.244.0.12/24"}},
		{"routes", cart, []string{"ip", "route"}, []string{"default via 10.244.0.1 dev eth0"}},
		{"sockets that listen", cart, []string{"ss", "-tlnH"}, []string{"*:8080"}},
		{"the driver of a device", shop, []string{"ethtool", "-i", "eth0"}, []string{"driver: veth"}},
		{"the counters of a device", shop, []string{"ethtool", "-S", "eth0"}, []string{"NIC statistics:", "peer_ifindex"}},
		{"round-trip times", shop, []string{"ping", "-c", "2", "-i", "0.01", "10.244.0.12"}, []string{"2 packets transmitted, 2 received, 0% packet loss"}},
		{"the path", shop, []string{"traceroute", "-n", "10.244.0.12"}, []string{"10.244.0.12"}},
		{"the path and its losses", shop, []string{"mtr", "--report", "--no-dns", "-c", "1", "-G", "0.2", "10.244.0.12"}, []string{"10.244.0.12"}},
		{"a name, by the pod's resolver", shop, []string{"dig", "+search", "+short", "cart"}, []string{"10.244.0.12\n"}},
		{"HTTP by a name of the pod's", shop, []string{"curl", "-s", "http://cart:8080/"}, []string{"<h1>Welcome</h1>"}},
		{"packets with their protocols", dns, []string{"tshark", "-D"}, []string{"eth0"}},
		{"queueing", shop, []string{"tc", "qdisc", "show", "dev", "eth0"}, []string{"qdisc noqueue 0: root"}},
		{"devices in /sys", shop, []string{"ls", "/sys/class/net"}, []string{"eth0\nlo\n"}},
		{"the resolver", shop, []string{"cat", "/etc/resolv.conf"}, []string{"search shop.svc.cluster.local", "nameserver 10.244.0.10\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := n.run(t, c.pod, c.argv...)
			if err := containsAll(r.out, c.want...); err != nil || r.Status() != 0 || r.Err != nil {
				t.Errorf("status %d, %v, %s\n%v", r.Status(), r.Err, r.err, err)
			}
			if r.Bytes != int64(len(r.out)) || r.Phase != Ended || r.Outcome() != "exit 0" || r.Tool() != c.argv[0] {
				t.Errorf("the state does not match an output of %d bytes: %+v", len(r.out), r.State)
			}
		})
	}
}

func TestEveryToolOfTheCatalogueIsInstalledHere(t *testing.T) {
	for _, tool := range command.Catalogue() {
		needTools(t, tool.Name)
	}
}

func TestOneRunServesAndAnotherRunInAnotherPodIsItsClient(t *testing.T) {
	n := newNode(t)
	needTools(t, "iperf3")
	server := n.start(t, Request{Pod: cart, Argv: []string{"iperf3", "-s", "-1", "--forceflush"}, Text: true})
	n.untilLine(t, server, "Server listening on 5201")
	client := n.run(t, shop, "iperf3", "-c", cartAddr.String(), "-n", "4M", "-J")
	if err := containsAll(client.out, `"remote_host":	"10.244.0.12"`, `"local_host":	"10.244.0.11"`); err != nil || client.Status() != 0 {
		t.Errorf("client: status %d, %v", client.Status(), err)
	}
	if s := n.wait(t, server); s.Status() != 0 {
		t.Errorf("server: %s", s.Outcome())
	}
	text, _ := n.allLines(t, server)
	if err := containsAll(strings.Join(text, "\n"), "Accepted connection from 10.244.0.11", "receiver"); err != nil {
		t.Error(err)
	}
}

func TestAFirewallAndItsConnectionsAreThePods(t *testing.T) {
	n := newNode(t)
	for _, argv := range [][]string{
		{"nft", "add", "table", "inet", "pod"},
		{"nft", "add", "chain", "inet", "pod", "in", "{ type filter hook input priority 0; }"},
		{"nft", "add", "rule", "inet", "pod", "in", "ct", "state", "established", "counter", "accept"},
		{"ping", "-c", "1", cartAddr.String()},
	} {
		if r := n.run(t, shop, argv...); r.Status() != 0 {
			t.Fatalf("%s: %s, %s", command.Join(argv), r.Outcome(), r.err)
		}
	}
	if err := containsAll(n.run(t, shop, "nft", "list", "ruleset").out, "table inet pod", "counter packets 1"); err != nil {
		t.Error(err)
	}
	if err := containsAll(n.run(t, shop, "conntrack", "-L").out, "icmp", "src=10.244.0.11 dst=10.244.0.12"); err != nil {
		t.Error(err)
	}
	for where, out := range map[string]string{
		"another pod": n.run(t, cart, "nft", "list", "ruleset").out, "the host": onHost(t, "nft", "list", "ruleset"),
	} {
		if strings.Contains(out, "table inet pod") {
			t.Errorf("the table is visible on %s: %s", where, out)
		}
	}
}

func TestShapingTakesEffectInThePodAndNowhereElse(t *testing.T) {
	n := newNode(t)
	demoNode := cart
	demoNode.HostNetwork = true
	everywhereElse := func() []string {
		return []string{
			onHost(t, "tc", "qdisc", "show"),
			n.run(t, demoNode, "tc", "qdisc", "show").out,
			n.run(t, cart, "tc", "qdisc", "show").out,
		}
	}
	before := everywhereElse()
	if r := n.run(t, shop, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "1mbit", "burst", "32kbit", "latency", "400ms"); r.Status() != 0 {
		t.Fatal(r.Outcome(), r.err)
	}
	if err := containsAll(n.run(t, shop, "tc", "qdisc", "show", "dev", "eth0").out, "qdisc tbf", "rate 1Mbit"); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, everywhereElse()); diff != "" {
		t.Errorf("outside of the pod: %s", diff)
	}
}

func TestTheHostIsAsItWasWhileToolsRunAndAfter(t *testing.T) {
	n := newNode(t)
	serveShop(t, n)
	before := hostView(t)
	var ids []RunID
	for _, pod := range []k8s.Pod{shop, cart} {
		id := n.start(t, Request{Pod: pod, Argv: []string{"sh", "-c", "cat /etc/resolv.conf; ls /sys/class/net; exec sleep 100"}, Text: true})
		n.untilLine(t, id, "eth0")
		ids = append(ids, id)
	}
	if diff := cmp.Diff(before, hostView(t)); diff != "" {
		t.Errorf("while tools run: %s", diff)
	}
	for _, id := range ids {
		if err := n.Stop(id); err != nil {
			t.Error(err)
		}
		n.wait(t, id)
	}
	if diff := cmp.Diff(before, hostView(t)); diff != "" {
		t.Errorf("after: %s", diff)
	}
}

// hostView returns the parts of the host that a tool's view of its pod could damage. Other mounts change because tests run in parallel.
func hostView(t *testing.T) map[string]string {
	t.Helper()
	var mounts []string
	for line := range strings.Lines(readAll(t, "/proc/self/mountinfo")) {
		if place := strings.Fields(line)[4]; place == "/" || strings.HasPrefix(place, "/sys") || strings.HasPrefix(place, "/etc") || strings.HasPrefix(place, "/run/systemd") {
			mounts = append(mounts, line)
		}
	}
	var devices []string
	for _, device := range globbed("/sys/class/net/*") {
		if !strings.HasPrefix(filepath.Base(device), "veth") {
			devices = append(devices, device)
		}
	}
	return map[string]string{
		"mounts": strings.Join(mounts, ""), "resolver": readAll(t, "/etc/resolv.conf"), "devices": strings.Join(devices, " "),
	}
}

func TestAMountOfTheHostThatIsTakenAwayIsNotHeldByATool(t *testing.T) {
	n := newNode(t)
	host := tmpfs(t, "size=1m")
	onHost(t, "mount", "--make-shared", host) // like the mounts of a node
	volume := filepath.Join(host, "volume")
	onHost(t, "mkdir", volume)
	onHost(t, "mount", "-t", "tmpfs", "volume-of-a-pod", volume)
	stdin, goOn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer goOn.Close()
	id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "cat /proc/self/mountinfo; echo ready; read go; exec cat /proc/self/mountinfo"}, Text: true, Stdin: stdin})
	n.untilLine(t, id, "ready")
	onHost(t, "umount", volume)
	goOn.Close()
	n.wait(t, id)
	stdin.Close()
	text, _ := n.allLines(t, id)
	before, after, _ := strings.Cut(strings.Join(text, "\n"), "\nready\n")
	if !strings.Contains(before, volume) || after == "" || strings.Contains(after, volume) {
		t.Errorf("the tool holds a mount that the host has unmounted:\n%s", after)
	}
}
