package helper

import (
	"strconv"
	"strings"
)

// Waiting is what is known of a helper that does not run yet.
type Waiting struct {
	Said string // how far it has come

	told  map[string]bool // texts of events
	order []string        // of the texts, oldest first
	times map[string]int  // how often each has happened
}

// Event is something that happened to a helper.
type Event struct {
	Warning         bool
	Reason, Message string
	Times           int // how often it has happened
}

// mostTexts is how many texts of events explain a wait that is over; the newest count.
const mostTexts = 8

// Events takes all events that there are so far, oldest first, and returns the texts of those that explain the wait and are new: warnings, and
// that the image is being pulled, which can take minutes. The same is new once, however often it happens, and what the pod itself has said
// is not.
func (w *Waiting) Events(all []Event) (news []string) {
	w.times = map[string]int{}
	for _, e := range all {
		text := e.Reason + ": " + e.Message
		if !e.Warning && e.Reason != "Pulling" || strings.Contains(w.Said, e.Message) {
			continue
		}
		w.times[text] += e.Times
		if w.told[text] {
			continue
		}
		if w.told == nil {
			w.told = map[string]bool{}
		}
		w.told[text] = true
		w.order = append(w.order, text)
		news = append(news, text)
	}
	return news
}

// Why is all of it, to be put behind the words that the wait is over: each text once, oldest first, and how often it was said.
func (w *Waiting) Why(over string) (more string) {
	if w.Said != "" && !strings.Contains(over, w.Said) {
		more = "; it " + w.Said
	}
	for _, text := range w.order[max(0, len(w.order)-mostTexts):] {
		said := over + more
		if _, what, _ := strings.Cut(text, ": "); inOtherWords(said, what) {
			continue
		}
		more += "; " + text
		if times := w.times[text]; times > 1 {
			more += " (" + strconv.Itoa(times) + " times" + ")"
		}
	}
	return more
}

// inOtherWords says whether a text, or the reason at its end, was said: Kubernetes puts "Error: " or "Failed to pull image …: " before one.
func inOtherWords(said, text string) bool {
	if strings.Contains(said, text) {
		return true
	}
	what, reason, more := strings.Cut(text, ": ")
	return more && (what == "Error" || strings.HasPrefix(what, "Failed to ")) && strings.Contains(said, reason)
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
	case strings.Contains(why, "Unschedulable"), strings.Contains(why, "FailedScheduling"):
		return o.unscheduled(why, node)
	default:
		return others
	}
}

// unscheduled says what can be done about a helper for which there is no place. It tolerates all taints.
func (o Options) unscheduled(why, node string) string {
	switch {
	case strings.Contains(why, "Insufficient"), strings.Contains(why, "Too many pods"):
		return "node " + node + " has no room for it (kubectl describe node " + node + "): make some, or name a PriorityClass with --helper-priority-class, " +
			"whose pods may take the place of others"
	case len(o.NodeSelector) > 0:
		return "node " + node + " does not have the labels that --helper-node-selector, or node-selector in config.yaml, wants (kubectl get node " + node +
			" --show-labels): choose others, or none"
	default:
		return "kubectl describe node " + node + " says what keeps pods away from it; --helper-node-selector and --helper-priority-class change what the helper " +
			"asks of a node"
	}
}
