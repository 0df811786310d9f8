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
		said := over + more
		if _, what, _ := strings.Cut(w.newest[reason], ": "); strings.Contains(said, what) || strings.Contains(said, strings.TrimPrefix(what, "Error: ")) {
			continue // in other words
		}
		more += "; " + w.newest[reason]
	}
	return more
}

// Hopeless says what can be done about a helper that does not run, after what is known of it.
func (o Options) Hopeless(why, node string) string {
	const others = "the --helper-… flags, or config.yaml, choose its image, pull policy, pull secrets and node selector, among others"
	switch {
	case strings.Contains(why, "ErrImageNeverPull"):
		return "node " + node + " does not have the image, and may not pull it: load it there, or allow that with --helper-pull-policy IfNotPresent"
	case strings.Contains(why, "ErrImagePull"), strings.Contains(why, "ImagePullBackOff"), strings.Contains(why, "InvalidImageName"):
		return "node " + node + " cannot get the image: --helper-image names one in a registry that it reaches, --helper-pull-secret a secret for that, " +
			"and with --helper-pull-policy Never it takes one that was loaded there"
	default:
		return others
	}
}
