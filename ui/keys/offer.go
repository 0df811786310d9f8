package keys

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
)

// Offer is an entry in the last line of a screen: keys that do something now and what they do, or only words.
type Offer struct {
	Keys []key.Binding
	Does string
}

// Offers gives the keys a description for the last line.
func Offers(does string, keys ...key.Binding) Offer { return Offer{keys, does} }

// Says makes an offer without keys.
func Says(words string) Offer { return Offer{Does: words} }

// String is the offer as the last line shows it.
func (o Offer) String() string {
	var shown []string
	for _, k := range o.Keys {
		shown = append(shown, k.Help().Key)
	}
	return strings.Join(append(shown, o.Does), " ")
}

// Has says whether the offer names a key.
func (o Offer) Has(k key.Binding) bool {
	for _, of := range o.Keys {
		if of.Help().Key == k.Help().Key {
			return true
		}
	}
	return false
}

// Keys as the last line shows them: shorter than in the help, and with two directions in one.
var (
	UpDown    = Bind("↑↓", "", "up", "down")
	Sideways  = Bind("←→", "", "left", "right")
	Pages     = Bind("pgup pgdn", "", "pgup", "pgdown")
	HelpHere  = Bind("?", "", "?")
	HelpTyped = Bind("F1", "", "f1")
)
