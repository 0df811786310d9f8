//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCommandsThatWouldWriteFilesOrRunOthersAreRefused(t *testing.T) {
	t.Parallel()
	marker := "/tmp/e2e-" + mark + "-ran"
	for _, words := range [][]string{
		{"-z", "/bin/sh"}, {"-z/bin/sh"}, {"-w", marker, "-G", "1", "-z", "touch"}, {"-nz", "touch", "-w", marker, "-G", "1"}, {"-w", marker, "-C", "1", "-ztouch"},
	} {
		leastPrivilege.in(t, "shop/client", append([]string{"tcpdump", "-i", "eth0"}, words...)...).refuses(t, "-z runs any command as root and is refused")
	}
	leastPrivilege.exec(t, "sh", "-c", "ls "+marker+"* 2>/dev/null").isEmpty(t)

	c := leastPrivilege.openConsole(t, 80, 24)
	for arguments, why := range map[string]string{
		"-i eth0 -w " + marker: "-w FILE, -C, -G and -W cannot be used", "-i eth0 -C 1 -w " + marker: "-w FILE, -C, -G and -W cannot be used",
		"-i eth0 -G 1": "-w FILE, -C, -G and -W cannot be used", "-i eth0 -z sh": "-z runs any command as root and is refused",
	} {
		c.opensForm("shop/client", "tcpdump")
		c.press("Tab", "C-e", "C-u")
		c.types(arguments)
		c.press("Enter")
		c.until(glance, "refusing "+arguments, func(screen string) bool { return strings.Contains(unwrapped(screen), why) })
		c.shows("hint:", "leave", "run in shop/client")
		c.press("Escape")
	}
	c.press("q")
	c.ends(0)
	leastPrivilege.exec(t, "sh", "-c", "ls "+marker+"* 2>/dev/null").isEmpty(t)
}

// What somebody in the network sends must do nothing to the terminal: it must not set the clipboard or the title, move the
// cursor, or get an answer.
func TestWhatAPacketOrAToolSaysDoesNothingToTheTerminal(t *testing.T) {
	t.Parallel()
	start(t, workload("target"))
	target := podIP(t, namespace+"/target")
	const bad = `\033]52;c;aGFja2Vk\007\033[2Jhacked-1\033]0;title\033\\\302\233 31mhacked-2\033P+q\033\\\r\010\033c`
	c := leastPrivilege.openConsole(t, 120, 40)
	c.starts(namespace+"/target", "tcpdump", "-i eth0 -n -A udp port 9999")
	wrote := filepath.Join(t.TempDir(), "wrote")
	c.tmux("pipe-pane", "-t", c.name, "cat >'"+wrote+"'")
	leastPrivilege.in(t, "shop/two", "bash", "-c", `printf '`+bad+`' >/dev/udp/`+target+`/9999`).succeeds(t)
	c.shows("UDP, length", "hacked-1", "hacked-2")
	c.press("Escape")
	c.starts(namespace+"/target", "any command", `printf "`+bad+`"`)
	c.shows("ended: exit 0", "hacked-1", "hacked-2")
	c.press("a", "r")
	c.shows("┌─ runs")
	time.Sleep(500 * time.Millisecond)
	c.tmux("pipe-pane", "-t", c.name)
	text, err := os.ReadFile(wrote)
	if err != nil {
		t.Fatal(err)
	}
	for what, sequence := range map[string]string{
		"a clipboard": "\x1b]52", "any OSC": "\x1b]", "a DCS": "\x1bP", "a reset": "\x1bc", "a bell": "\a", "a C1 control": "\u009b", "a backspace": "\b",
	} {
		if at := strings.Index(string(text), sequence); at >= 0 {
			t.Errorf("%s reached the terminal: %q", what, text[max(0, at-40):min(len(text), at+40)])
		}
	}
	if !strings.Contains(string(text), "hacked-1") {
		t.Error("the test saw no output to the terminal")
	}
	c.press("q", "y")
	c.ends(0)
}
