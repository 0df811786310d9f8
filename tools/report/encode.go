package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fennec-project/podtracer/internal/printable"
)

const (
	reportSize  = 4096 // bytes; what the kubelet takes of a /dev/termination-log
	longestName = 253  // bytes; limit of Kubernetes
	leastText   = 8    // bytes kept of any other text
)

// EncodeAll writes a report as it is, however long.
func (r *Report) EncodeAll() ([]byte, error) { return r.encode() }

// Encode writes a report in at most reportSize bytes. If it would be longer, the longest texts are cut, as few and as little as
// possible, and the report says so. Clocks are left out first. Of many runs those with the best exit status are left out next, as many as
// necessary. Kubernetes names and the list of losses, which the verdict repeats in words, are cut last.
func (r *Report) Encode() ([]byte, error) {
	text, err := r.encode()
	if len(text) > reportSize && len(r.Clocks) > 0 {
		short := *r
		short.Clocks, short.Shortened = nil, true
		r = &short
		text, err = r.encode()
	}
	for kept := r.worstFirst(); err == nil && len(text) > reportSize && len(kept) > 0; {
		kept = kept[:len(kept)-1]
		short := *r
		short.Runs, short.Shortened = kept, true
		if text, err = short.encode(); len(kept) == 0 || len(text) <= reportSize {
			r = &short
		}
	}
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

// worstFirst returns the runs with the worst exit status first.
func (r *Report) worstFirst() []Run {
	runs := slices.Clone(r.Runs)
	slices.SortStableFunc(runs, func(a, b Run) int { return b.Exit.Status - a.Exit.Status })
	return runs
}

// shortened returns a copy in which names have about longest bytes, other texts about most bytes, and the command at most most
// bytes.
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

// shorten keeps the beginning of a text.
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

// shortenPath keeps the end of a path, which has the file's name.
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

func (r *Report) encode() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // a report is not embedded in HTML
	err := encoder.Encode(r)
	return printable.JSON(text.Bytes()), err // safe to look at on a terminal
}
