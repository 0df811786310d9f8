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
		{[]string{"cat", "x", "|grep", "y"}, "|grep"}, {[]string{"true", "&&ls", "-l"}, "&&ls"}, {[]string{"true", "||", "ls"}, "||"},
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

// A command that is one word, and a word that only a shell knows, are no tools that could be installed.
func TestACommandThatOnlyAShellUnderstandsIsTold(t *testing.T) {
	for _, c := range []struct {
		argv []string
		want string
	}{
		{[]string{"ss -s"}, "the whole command is one word: without quotes it is ss -s"},
		{[]string{"ss -s | grep TCP"}, "the whole command is one word, and no shell is run; with a shell: sh -c 'ss -s | grep TCP'"},
		{[]string{"ss -s |grep TCP"}, "the whole command is one word, and no shell is run; with a shell: sh -c 'ss -s |grep TCP'"},
		{[]string{"ip 'addr"}, "the whole command is one word, and no shell is run; with a shell: sh -c 'ip '\\''addr'"},
		{[]string{"cd", "/tmp"}, "cd is a word of a shell, and no shell is run; with one: sh -c 'cd /tmp'"},
		{[]string{"while", "true"}, "while is a word of a shell, and no shell is run; with one: sh -c 'while true'"},
		{[]string{"FOO=bar", "env"}, "FOO=bar is a word of a shell, and no shell is run; with one: sh -c 'FOO=bar env'"},
		{[]string{"cd", "/", "&&", "ls"}, "no shell is run, so && is passed to cd as an argument; with a shell: sh -c 'cd / && ls'"},
		{[]string{"no-such-tool", "-x"}, ""}, {[]string{"/opt/x=y"}, ""},
	} {
		if got := ForShell(c.argv); got != c.want {
			t.Errorf("%q: got %q, want %q", c.argv, got, c.want)
		}
	}
}
