package margin

import (
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
)

const betweenOffers = "  "

// Fit is what the last line names of these offers, as far as there is room. The keys that leave the layer and open the help stay
// longest; nothing is shortened.
func Fit(offers []keys.Offer, width int) []keys.Offer {
	all := slices.Clone(offers)
	for i := len(all) - 1; i >= 0 && cells.Width(Bar(all))+1 > width; i-- {
		if !Lasting(all[i]) {
			all = slices.Delete(all, i, i+1)
		}
	}
	for len(all) > 1 && cells.Width(Bar(all))+1 > width {
		all = all[:len(all)-1]
	}
	return all
}

// Lasting says whether an offer leaves the layer, or opens the help.
func Lasting(o keys.Offer) bool {
	return o.Has(keys.Back) || o.Has(keys.HelpHere) || o.Has(keys.HelpTyped) || o.Has(keys.Quit)
}

// Bar is the last line that names offers.
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
