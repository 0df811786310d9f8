package command

import "testing"

func TestAnOperatorOfAShellIsKnownWhereItIsAWordOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		argv []string
		want string
	}{
		{[]string{"ss", "-t", "|", "head"}, "|"},
		{[]string{"ping", "web", ">", "/tmp/x"}, ">"},
		{[]string{"ping", "web", ">/tmp/x"}, ">/tmp/x"},
		{[]string{"ping", "web", "2>&1"}, "2>&1"},
		{[]string{"ping", "web", "2>/dev/null"}, "2>/dev/null"},
		{[]string{"true", "&&", "ping", "web"}, "&&"},
		{[]string{"ping", "web;", "ls"}, "web;"},
		{[]string{"ping", "$(cat", "x)"}, ""},
		{[]string{"ping", "$(cat)"}, "$(cat)"},
		{[]string{"sleep", "5", "&"}, "&"},
		{[]string{"tcpdump", "tcp[13] & 2 != 0 && port 80"}, ""},
		{[]string{"awk", "$3 > 5 && $4 < 2 { print; }"}, ""},
		{[]string{"grep", "a|b"}, ""}, {[]string{"curl", "http://web/?a=1&b=2"}, ""}, {[]string{"sh", "-c", "a | b"}, ""},
		{[]string{"sed", "s/a/b/;"}, ""}, {[]string{"x", "a>b"}, ""}, {[]string{"x", "->", "=>", "<a>"}, ""},
	} {
		if got := ShellWord(c.argv); got != c.want {
			t.Errorf("%q: got %q, want %q", c.argv, got, c.want)
		}
	}
}

func TestTheCommandForAShellDoesWhatWasMeant(t *testing.T) {
	for want, argv := range map[string][]string{
		`sh -c 'ss -t | head'`:                               {"ss", "-t", "|", "head"},
		`sh -c 'curl '\''http://web/?a&b'\'' > /tmp/x 2>&1'`: {"curl", "http://web/?a&b", ">", "/tmp/x", "2>&1"},
	} {
		if got := InShell(argv); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
