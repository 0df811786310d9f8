package tty

import (
	"encoding/base64"
	"fmt"
	"os"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
)

// maxCopied is how many bytes can be copied: as base64 they are just below 100,000, which is what terminals take at the most
// (xterm, ctlseqs, OSC 52; tmux).
const maxCopied = 74_994

var errTooLong = hint.Add(fmt.Errorf("too long for a terminal's clipboard: it takes at most %s bytes", figures.Count(maxCopied)), "save it with s instead")

// clipboardSequence asks a terminal to put text into the clipboard of the person: OSC 52, which goes through ssh and kubectl
// exec to the terminal that is looked at. In tmux it is written twice: once for tmux, which takes it with set-clipboard on, and
// once in an envelope for the terminal around it, which tmux lets through with allow-passthrough on. What it does not take, it
// throws away.
//
// Errors: a text that is too long.
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
// Errors: a text that is too long, and those of the terminal.
func (t *Terminal) Copy(text string) error {
	sequence, err := clipboardSequence(text, os.Getenv("TMUX") != "")
	if err != nil {
		return err
	}
	return t.tell(sequence)
}
