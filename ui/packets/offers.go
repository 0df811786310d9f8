package packets

import (
	"github.com/charmbracelet/bubbles/key"

	"github.com/fennec-project/podtracer/ui/keys"
)

// Offers are the keys of the table, of the open packet, or of the filter while it is typed.
func (t *Table) Offers() (offers []keys.Offer) {
	add := func(does string, key ...key.Binding) { offers = append(offers, keys.Offers(does, key...)) }
	switch {
	case t.typing:
		offers = append(offers, keys.Says("words of address, name or info, \"…\", port 53, not, or"))
		if t.filter.err == nil {
			add("keep", keys.Enter)
		}
		add("clear", keys.Back)
		add("help", keys.HelpTyped)
		return offers
	case t.opened.on:
		if len(t.opened.rows) > 1 {
			add("field", keys.UpDown)
		}
		if t.len() > 1 {
			add("packet before, next", keys.Sideways)
		}
		return offers
	}
	if t.len() > 0 {
		add("open", keys.Enter)
	}
	if t.filter.on() {
		add("change", keys.Search)
	} else {
		add("filter", keys.Search)
	}
	switch {
	case t.len() == 0, t.follow && t.state.Ended: // nothing comes that could be held back
	case t.follow:
		add("pause", keys.Follow)
	default:
		add("follow", keys.Follow)
	}
	add("time", keys.Stamps)
	return offers
}

// Filtered says whether some packets are hidden.
func (t *Table) Filtered() bool { return t.filter.on() }

// Offers are the keys of the list.
func (t *Talkers) Offers() []keys.Offer {
	if len(t.order) == 0 {
		return nil
	}
	return []keys.Offer{keys.Offers("its packets", keys.Enter), keys.Offers("order", keys.Sort, keys.Reverse)}
}
