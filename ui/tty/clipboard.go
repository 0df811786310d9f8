package tty

import (
	"encoding/base64"
	"fmt"
	"os"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
)

// maxCopied is how many bytes can be copied: encoded in base64 they are just below 100,000, the most that terminals take (xterm,
// ctlseqs, OSC 52; tmux).
const maxCopied = 74_994

var errTooLong = hint.Add(fmt.Errorf("too long for a terminal's clipboard: it takes at most %s bytes", figures.Count(maxCopied)), "save it with s instead")

// clipboardSequence asks a terminal to put text into the person's clipboard with OSC 52, which passes through ssh and kubectl
// exec. For tmux the sequence is written twice: once for tmux itself, which takes it if set-clipboard is on, and once wrapped
// for the terminal around tmux, which tmux passes on if allow-passthrough is on. tmux ignores a sequence that it does not take.
//
// Errors: that the text is too long.
func clipboardSequence(text string, tmux bool) ([]byte, error) {
	if len(text) > maxCopied {
		return nil, errTooLong
	}
	sequence := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a"
	if tmux {
		sequence += "\x1bPtmux;\x1b" + sequence + "\x1b\\"
	}
	return []byte(sequence), nil
}

// Copy copies text to the clipboard of the person at the terminal.
//
// Errors: that the text is too long, and those of the terminal.
func (t *Terminal) Copy(text string) error {
	sequence, err := clipboardSequence(text, os.Getenv("TMUX") != "")
	if err != nil {
		return err
	}
	return t.tell(sequence)
}
