package margin

import (
	"testing"

	"github.com/fennec-project/podtracer/ui/keys"
)

func TestALongOfferKeepsNoShorterOneOutOfTheLastLine(t *testing.T) {
	long := keys.Says("words of address, name or info, port 53, not, or")
	offers := append([]keys.Offer{long, keys.Offers("keep", keys.Enter), keys.Offers("save", keys.Save)}, Ending("clear")...)
	for width, want := range map[int]string{
		200: "words of address, name or info, port 53, not, or  enter keep  s save  esc clear  ? help  q quit",
		60:  "enter keep  s save  esc clear  ? help  q quit",
		40:  "enter keep  esc clear  ? help  q quit",
		20:  "esc clear  ? help",
		5:   "esc clear",
	} {
		if got := Bar(Fit(offers, width)); got != want {
			t.Errorf("%d cells: %q, want %q", width, got, want)
		}
	}
}
