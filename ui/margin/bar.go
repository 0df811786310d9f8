package margin

import (
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
)

const betweenOffers = "  "

// Fit returns the offers for which the last line has room. Offers that leave the layer, open the help or quit are dropped last. Of
// the others the first ones stay, but an offer that is too long does not keep out a shorter one. No offer is shortened.
func Fit(offers []keys.Offer, width int) []keys.Offer {
	fits := func(some []keys.Offer) bool { return cells.Width(Bar(some))+1 <= width }
	all := slices.DeleteFunc(slices.Clone(offers), func(o keys.Offer) bool { return !Lasting(o) })
	for len(all) > 1 && !fits(all) {
		all = all[:len(all)-1]
	}
	at := 0 // where the next offer goes, if there is room for it
	for _, o := range offers {
		if Lasting(o) {
			at++
		} else if more := slices.Insert(slices.Clone(all), min(at, len(all)), o); fits(more) {
			all, at = more, at+1
		}
	}
	return all
}

// Lasting says whether an offer leaves the layer, opens the help or quits.
func Lasting(o keys.Offer) bool {
	return o.Has(keys.Back) || o.Has(keys.HelpHere) || o.Has(keys.HelpTyped) || o.Has(keys.Quit)
}

// Bar is the last line of the screen, which names offers.
func Bar(offers []keys.Offer) string {
	texts := make([]string, len(offers))
	for i, o := range offers {
		texts[i] = o.String()
	}
	return strings.Join(texts, betweenOffers)
}

// Ending are the offers that leave the layer, open the help and quit.
func Ending(back string) []keys.Offer {
	return []keys.Offer{keys.Offers(back, keys.Back), keys.Offers("help", keys.HelpHere), keys.Offers("quit", keys.Quit)}
}
