package report

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	reportSize  = 4096 // as much as the kubelet takes of a /dev/termination-log
	longestName = 253  // bytes, in Kubernetes
	leastText   = 8    // bytes that are left of any other text
)

// Encode writes a report in at most reportSize bytes. In one that would be longer the longest texts are cut, and as few of
// them and as little as will do; it says so. Names as long as Kubernetes has them are cut last, with the list of losses, of which
// the verdict tells in words.
func (r *Report) Encode() ([]byte, error) {
	text, err := r.encode()
	for most := reportSize / 2; err == nil && len(text) > reportSize && most >= leastText; most /= 2 {
		short := r.shortened(most, max(most, longestName))
		text, err = short.encode()
	}
	for most := longestName / 2; err == nil && len(text) > reportSize && most > 0; most /= 2 {
		short := r.shortened(leastText, most)
		if v := short.Verdict; v != nil {
			v.Losses = v.Losses[:min(len(v.Losses), most)]
		}
		text, err = short.encode()
	}
	return text, err
}

// shortened is a copy in which no name is much longer than longest, no other text much longer than most bytes, and the command
// has no more than most bytes.
func (r *Report) shortened(most, longest int) Report {
	short := *r
	short.Shortened = true
	short.Podtracer, short.Node = shorten(r.Podtracer, longest), shorten(r.Node, longest)
	short.Outcome, short.Hint, short.Tool = shorten(r.Outcome, most), shorten(r.Hint, most), shorten(r.Tool, most)
	short.Argv = shortenWords(r.Argv, most)
	if p := r.Pod; p != nil {
		short.Pod = &Pod{shorten(p.Namespace, longest), shorten(p.Name, longest), shorten(p.UID, longest), shorten(p.Node, longest), p.HostNetwork}
	}
	if r.Verdict != nil {
		verdict := *r.Verdict
		verdict.Text, verdict.Losses = shorten(verdict.Text, most), slices.Clone(verdict.Losses)
		for i := range verdict.Losses {
			verdict.Losses[i].Detail = shorten(verdict.Losses[i].Detail, most)
		}
		short.Verdict = &verdict
	}
	short.Notices = slices.Clone(r.Notices)
	for i := range short.Notices {
		short.Notices[i] = shorten(short.Notices[i], most)
	}
	short.Files = slices.Clone(r.Files)
	for i := range short.Files {
		short.Files[i].Path = shortenPath(short.Files[i].Path, most)
	}
	return short
}

const cut = "…"

// shorten keeps the beginning.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	text = text[:most]
	for len(text) > 0 && !utf8.ValidString(text) && len(text) > most-utf8.UTFMax {
		text = text[:len(text)-1]
	}
	return text + cut
}

// shortenPath keeps the end, in which the name is.
func shortenPath(path string, most int) string {
	if len(path) <= most {
		return path
	}
	path = path[len(path)-most:]
	for len(path) > 0 && !utf8.RuneStart(path[0]) {
		path = path[1:]
	}
	return cut + path
}

func shortenWords(words []string, most int) []string {
	total := len(strings.Join(words, " "))
	if total <= most {
		return words
	}
	var kept []string
	for _, word := range words {
		kept = append(kept, shorten(word, most))
		if most -= len(word) + 1; most <= 0 {
			break
		}
	}
	if len(kept) < len(words) {
		kept = append(kept, cut)
	}
	return kept
}
