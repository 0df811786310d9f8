package ui

import (
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
)

const betweenOffers = "  "

// offers are what the last line names: what the topmost layer offers, as far as there is room. The keys that leave the layer and
// open the help stay longest; nothing is shortened.
func (m *model) offers() []keys.Offer {
	all := slices.Clone(m.top().hint(m))
	for i := len(all) - 1; i >= 0 && cells.Width(barText(all))+1 > m.width; i-- {
		if !lasting(all[i]) {
			all = slices.Delete(all, i, i+1)
		}
	}
	for len(all) > 1 && cells.Width(barText(all))+1 > m.width {
		all = all[:len(all)-1]
	}
	return all
}

// lasting says whether an offer leaves the layer, or opens the help.
func lasting(o keys.Offer) bool {
	return o.Has(keys.Back) || o.Has(keys.HelpHere) || o.Has(keys.HelpTyped) || o.Has(keys.Quit)
}

func barText(offers []keys.Offer) string {
	texts := make([]string, len(offers))
	for i, o := range offers {
		texts[i] = o.String()
	}
	return strings.Join(texts, betweenOffers)
}

// fixed is what a layer always offers.
func fixed(offers ...keys.Offer) func(*model) []keys.Offer {
	return func(*model) []keys.Offer { return offers }
}

// ending are the offers that leave the layer, open the help and quit.
func ending(back string) []keys.Offer {
	return []keys.Offer{keys.Offers(back, keys.Back), keys.Offers("help", keys.HelpHere), keys.Offers("quit", keys.Quit)}
}
