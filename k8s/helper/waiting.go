package helper

import "strings"

// Waiting is what is known of a helper that does not run yet.
type Waiting struct {
	Said string // how far it has come

	told   map[string]bool   // events
	newest map[string]string // event of each reason
	order  []string          // of the reasons
}

// Event takes an event, and says whether it explains the wait and is new: a warning, or that the image is being pulled, which can take
// minutes. The same is new once, however often it happens, and what the pod itself has said is not.
func (w *Waiting) Event(warning bool, reason, message string) (text string, news bool) {
	text = reason + ": " + message
	if !warning && reason != "Pulling" || w.told[text] || strings.Contains(w.Said, message) {
		return "", false
	}
	if w.told == nil {
		w.told, w.newest = map[string]bool{}, map[string]string{}
	}
	w.told[text] = true
	if w.newest[reason] == "" {
		w.order = append(w.order, reason)
	}
	w.newest[reason] = text
	return text, true
}

// Why is all of it, to be put behind the words that the wait is over.
func (w *Waiting) Why(over string) (more string) {
	if w.Said != "" && !strings.Contains(over, w.Said) {
		more = "; it " + w.Said
	}
	for _, reason := range w.order {
		more += "; " + w.newest[reason]
	}
	return more
}
