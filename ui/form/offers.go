package form

import (
	"github.com/charmbracelet/bubbles/key"

	"github.com/fennec-project/podtracer/ui/keys"
)

// Keys as the last line of the screen shows them.
var (
	toPresets  = keys.Bind("p", "", "p")
	alwaysTo   = keys.Bind("ctrl+p", "", "ctrl+p")
	toHistory  = keys.Bind("ctrl+r", "", "ctrl+r")
	copyRun    = keys.Bind("ctrl+y", "", "ctrl+y")
	copyPlain  = keys.Bind("ctrl+g", "", "ctrl+g")
	candidates = keys.Bind("ctrl+n", "", "ctrl+n")
	tick       = keys.Bind("space", "", " ")
)

// Offers are the keys that do something now, in the form or in the list above it.
func (f *Form) Offers() (offers []keys.Offer) {
	switch {
	case f.presets.open:
		p, ok := f.presets.selected()
		return listOffers(ok && (!p.Pair() || pairOf(f.marked, f.deps.Launcher.Reach) == nil), len(f.presets.shown), "preset", keys.UpDown)
	case f.past.open:
		return listOffers(len(f.past.shown) > 0, len(f.past.shown), "older", keys.UpDown, toHistory)
	}
	add := func(does string, key ...key.Binding) { offers = append(offers, keys.Offers(does, key...)) }
	if f.completion.open {
		add("take", keys.Enter)
		if len(f.completion.all) > 1 {
			add("next", candidates)
		}
		add("close the list", keys.Back)
		add("help", keys.HelpTyped)
		return offers
	}
	switch left := f.toFill(); {
	case len(left) > 0:
		offers = append(offers, keys.Says("write "+left[0].asks()+" in place of "+left[0].what))
	case f.ready():
		add("run", keys.Enter)
	}
	if f.At() == atTools {
		add("presets", toPresets)
	} else {
		add("presets", alwaysTo)
	}
	if f.copyable() {
		add("copy", copyRun, copyPlain)
	}
	if f.focus >= onFields && f.field() == headersOnly {
		add("tick", tick)
	}
	add(f.behindTab(), keys.Tab)
	add("help", keys.HelpTyped)
	add("back", keys.Back)
	return offers
}

func listOffers(takes bool, shown int, what string, move ...key.Binding) (offers []keys.Offer) {
	if takes {
		offers = append(offers, keys.Offers("take it", keys.Enter))
	}
	if shown > 1 {
		offers = append(offers, keys.Offers(what, move...))
	}
	return append(offers, keys.Says("type to narrow"), keys.Offers("back", keys.Back), keys.Offers("help", keys.HelpTyped))
}

// behindTab is where Tab goes.
func (f *Form) behindTab() string {
	next := *f
	switch {
	case f.focus == onTools:
		return "arguments"
	case f.focus == onArguments && next.toNextBlank():
		return "next blank"
	case f.focus == onArguments:
		return "fields"
	case f.focus-onFields == len(fieldsOf(f.packets))-1:
		return "tools"
	default:
		return "next field"
	}
}

// ready says whether Enter would start the chosen command. It checks a copy of the form, because a refusal moves the cursor.
func (f *Form) ready() bool {
	asked := *f
	_, err := asked.chosen()
	return err == nil && !f.starting
}

// copyable says whether there is a command to copy.
func (f *Form) copyable() bool {
	argv, err := f.argv()
	if err != nil || len(argv) == 0 || len(f.toFill()) > 0 {
		return false
	}
	_, ok := f.pair()
	return !ok || pairOf(f.marked, f.deps.Launcher.Reach) == nil
}
