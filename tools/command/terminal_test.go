package command

import "testing"

func TestWhichCommandsTakeAWholeTerminal(t *testing.T) {
	for line, want := range map[string]bool{
		"bash": true, "bash --norc": true, "/bin/bash -l": true, "bash --rcfile x": true,
		"bash -c 'ip a'": false, "bash -ec 'ip a'": false, "sh script.sh": false, "bash --rcfile x script": false,
		"mtr 10.0.0.1": true, "mtr -n 10.0.0.1": true, "mtr --no-dns -c 10 web": true, "mtr -ir web": true,
		"mtr --report web": false, "mtr -nrc 3 web": false, "mtr -n --json web": false, "mtr -c3 -r web": false,
		"iftop -i eth0": true, "iftop -t -s 5": false, "top": true, "top -b -n 1": false,
		"vi x": true, "busybox vi x": true, "busybox ping web": false, "watch ss -t": true,
		"ss -t": false, "tcpdump -i eth0": false, "": false,
	} {
		argv, err := Split(line)
		if err != nil {
			t.Fatal(err)
		}
		if got := WantsTerminal(argv); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestWhichCommandsEndOnlyWhenTheirTerminalIsGone(t *testing.T) {
	for line, want := range map[string]bool{
		"bash --norc": true, "busybox sh": true, "less x": true, "vim x": true,
		"bash -c 'ping web'": false, "sh script.sh": false, "busybox ping web": false, "mtr web": false, "top": false, "watch ss": false, "": false,
	} {
		argv, err := Split(line)
		if err != nil {
			t.Fatal(err)
		}
		if got := EndsByHangup(argv); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestWhichCommandsTellAllAtTheirEnd(t *testing.T) {
	for line, want := range map[string]bool{
		"mtr -rwn -c 10 web": true, "mtr --json web": true, "mtr web": false, "mtr --raw web": false, "ping web": false, "": false,
	} {
		argv, err := Split(line)
		if err != nil {
			t.Fatal(err)
		}
		if got := TellsAtItsEnd(argv); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
