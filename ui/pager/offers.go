package pager

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"

	"github.com/fennec-project/podtracer/ui/keys"
)

// Offers are the keys that do something now; while a person types or selects lines, they are all keys that work.
func (p *Pager) Offers() (offers []keys.Offer) {
	switch {
	case p.prompt.on:
		return p.typedOffers()
	case p.chosen.on:
		return p.chosenOffers()
	}
	add := func(does string, key ...key.Binding) { offers = append(offers, keys.Offers(does, key...)) }
	if p.searched() {
		if p.elsewhere() {
			add("next", keys.NextMatch)
			add("before", keys.PreviousMatch)
		}
		add("change", keys.Search)
	}
	switch {
	case p.follow && p.state.Ended: // no line can come that could be held back
	case p.follow:
		add("pause", keys.Follow)
	default:
		add("follow", keys.Follow)
	}
	if !p.searched() {
		add("search", keys.Search)
	}
	add("only", keys.Include)
	add("without", keys.Exclude)
	if p.filtered() || p.patterns[highlighting].re != nil {
		add("highlight", keys.Highlight)
	}
	add("time", keys.Stamps)
	if p.wraps() {
		add("wrap", keys.Wrapping)
	}
	return offers
}

// wraps says whether visible lines are wrapped, or would be.
func (p *Pager) wraps() bool {
	return slices.ContainsFunc(p.rows, func(r row) bool { return r.end != "" || p.wrapped && !r.begins })
}

// elsewhere says whether there is a match other than the line with the cursor.
func (p *Pager) elsewhere() bool {
	_, here := p.found.has(p.cursor)
	return p.found.len() > 1 || p.found.len() == 1 && (p.follow || !here)
}

// Clears says whether Esc clears a pattern before it leaves the text.
func (p *Pager) Clears() bool {
	for _, t := range p.patterns {
		if t.re != nil {
			return true
		}
	}
	return false
}

func (p *Pager) typedOffers() (offers []keys.Offer) {
	q := &p.prompt
	switch {
	case q.kind == asMoment && q.known && p.end > 0:
		offers = append(offers, keys.Offers("go there", keys.Enter))
	case q.kind == asMoment:
	case q.err != nil:
		offers = append(offers, keys.Says("a regular expression"))
	default:
		offers = append(offers, keys.Says("a regular expression; a capital makes case matter"), keys.Offers("keep", keys.Enter))
	}
	back := "clear"
	if q.kind == asMoment {
		back = "back"
	}
	return append(offers, keys.Offers(back, keys.Back), keys.Offers("help", keys.HelpTyped))
}

func (p *Pager) chosenOffers() (offers []keys.Offer) {
	if first, last := p.bounds(); first < last {
		offers = append(offers, keys.Offers("choose more", keys.UpDown, keys.Pages))
	}
	return append(offers, keys.Offers("copy", keys.Enter), keys.Offers("leave", keys.Back), keys.Offers("help", keys.HelpHere))
}
