package ui

import (
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

func TestWhatACredentialPluginSaysIsANoticeAndStaysInTheHelpOfEveryScreen(t *testing.T) {
	p := sit(t, 120, 45)
	first, second := k8s.Said{At: noon, Text: "W: your password ends in 3 days\x1b[2J"}, k8s.Said{At: noon.Add(time.Second), Text: "W: in 2 days"}
	p.tell(saidMsg{[]k8s.Said{first}, 1})
	p.sees("the credential plugin said: W: your password ends in 3 days", "the help shows it again")
	p.press("down")
	p.seesNot("your password")
	p.tell(saidMsg{[]k8s.Said{first, first}, 2}) // as at each question
	p.seesNot("your password")
	p.tell(saidMsg{[]k8s.Said{first, first, second}, 3})
	p.sees("the credential plugin said: W: in 2 days")
	for _, keys := range [][]string{{"?"}, {"x", "r", "?"}, {"x", "esc", "/", "f1"}} {
		p.press(keys...)
		p.sees("what the credential plugin said", first.At.Format("15:04:05"), "W: your password ends in 3 days", second.At.Format("15:04:05"), "W: in 2 days")
	}
}
