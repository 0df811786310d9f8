//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// get runs podtracer get on the laptop.
func (l *laptop) get(args ...string) result {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	return l.ended(ctx, l.podtracer(ctx, append([]string{"get"}, args...)...))
}

// sum is the SHA-256 of a file on the laptop.
func (l *laptop) sum(name string) string {
	l.t.Helper()
	content, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		l.t.Fatal(err)
	}
	return sumOf(string(content))
}

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func TestWhatADebugPodKeepsComesHomeWhole(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "home")
	l := newLaptop(t, "home", apiServer(t))
	from := debugNamespace + "/" + string(d) + ":"
	d.run(t, "--pod", "client", "-n", "shop", "-t", "3s", "-f", "/tmp/e2e-"+mark+".pcapng", "--", "tcpdump", "-n", "-i", "eth0").succeeds(t)
	d.run(t, "--pod", "client", "-n", "shop", "-f", "e2e.txt", "--", "ip", "addr").succeeds(t)
	sums := d.exec(t, "sha256sum", "/tmp/e2e-"+mark+".pcapng", "/var/lib/podtracer/e2e.txt").succeeds(t).stdout
	for _, name := range []string{"/tmp/e2e-" + mark + ".pcapng", "e2e.txt"} {
		l.get(from+name).succeeds(t).says(t, "saved", "sha256")
		if sum := l.sum(filepath.Base(name)); !strings.Contains(sums, sum) {
			t.Errorf("%s has another sum here: %s; there %s", name, sum, sums)
		}
	}
	l.get(from+"e2e.txt").refuses(t, "already exists", "--overwrite")
	for _, name := range []string{"/etc/passwd", "/dev/zero", "../lib/podtracer/e2e.txt", "sessions", "nothing"} {
		l.get(from+name, "other").ends(t, 125)
	}
	if _, err := os.Stat(filepath.Join(l.dir, "other")); err == nil {
		t.Error("something that was refused is there")
	}
	l.get(debugNamespace+"/no-such-pod:e2e.txt", "other").refuses(t, "no-such-pod does not run, or does not exist")
}

// A podtracer in a debug pod that is killed leaves a capture, which comes home with the names that the laptop's cluster knows.
func TestARunThatWasLeftInADebugPodComesHomeWithNames(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "left")
	l := newLaptop(t, "left", apiServer(t))
	d.exec(t, "sh", "-c", "podtracer run --pod shop/client -- tcpdump -n -i eth0 -w - >/dev/null & sleep 5; kill -9 $!").succeeds(t)
	listed := d.exec(t, "podtracer", "runs").succeeds(t).stdout
	_, row, _ := strings.Cut(listed, "\n")
	id, _, _ := strings.Cut(row, " ")
	l.get(debugNamespace+"/"+string(d)+":"+id, "left.pcapng").ends(t, 74).says(t, "INCOMPLETE", "podtracer was killed")
	out, err := exec.Command("tshark", "-n", "-N", "n", "-r", filepath.Join(l.dir, "left.pcapng"), "-q", "-z", "hosts").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "client") {
		t.Errorf("%v: %s", err, out)
	}
}

// Of a capture that breaks in the middle, all that came comes home.
func TestACaptureThatBreaksComesHomeWithWhatCameBehindTheBreak(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "broken")
	l := newLaptop(t, "broken", apiServer(t))
	d.exec(t, "sh", "-c", `mkdir /tmp/as; printf '%s\n' '#!/bin/sh' 'tcpdump "$@" -c 2' "printf %100s | tr ' ' x" 'echo and more' 'exec sleep 100' >/tmp/as/tcpdump; chmod 755 /tmp/as/tcpdump
		podtracer run --pod shop/client -- /tmp/as/tcpdump -n -i eth0 -w - >/tmp/broken &
		until grep -q 'and more' /tmp/broken; do sleep 0.1; done; kill -9 $!`).succeeds(t)
	_, row, _ := strings.Cut(d.exec(t, "podtracer", "runs").succeeds(t).stdout, "\n")
	id, _, _ := strings.Cut(row, " ")
	l.get(debugNamespace+"/"+string(d)+":"+id, "broken.pcapng").ends(t, 74).says(t, "INCOMPLETE", "2 packets", "all that came, also behind the break, is kept in "+l.dir)
	whole, _ := filepath.Glob(filepath.Join(l.dir, ".local/state/podtracer", "shop_client_tcpdump_*.raw"))
	if len(whole) != 1 {
		t.Fatalf("kept %v", whole)
	}
	if came, err := os.ReadFile(whole[0]); err != nil || !strings.HasSuffix(string(came), "xand more\n") {
		t.Errorf("%q, %v", came, err)
	}
}

func TestAFileThatComesHomeOverAConnectionThatIsCutIsWhole(t *testing.T) {
	t.Parallel()
	way := newProxy(t)
	d := newDebugPod(t, "cuthome")
	l := newLaptop(t, "cuthome", way.address)
	d.exec(t, "sh", "-c", "head -c 200000000 /dev/urandom >/var/lib/podtracer/large").succeeds(t)
	want, _, _ := strings.Cut(d.exec(t, "sha256sum", "/var/lib/podtracer/large").succeeds(t).stdout, " ")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := l.podtracer(ctx, "get", debugNamespace+"/"+string(d)+":large")
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for cuts := range int64(3) {
		until(t, patience, "some of it", func() bool { return way.came.Load() > (cuts+1)*50_000_000 })
		way.cut()
		way.mend()
	}
	if err := c.Wait(); err != nil || !strings.Contains(said.String(), "dials again") {
		t.Fatalf("%v: %s", err, said.String())
	}
	if got := l.sum("large"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if names, _ := filepath.Glob(filepath.Join(l.dir, ".podtracer-*")); len(names) > 0 {
		t.Errorf("%v is left", names)
	}
}
