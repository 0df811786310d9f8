package pods

import (
	"net/netip"
	"strings"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/line"
)

// query is what was typed into the search box: words that all have to match.
type query struct {
	text  string
	words []word
}

// word is one word of a query.
type word struct {
	kind     wordKind
	text     string // what is searched for; of names, nodes and statuses in lower case
	key      string // of a label
	begins   bool   // of a label: no pod has exactly this value, so it is taken for the beginning of one
	addr     netip.Addr
	prefix   netip.Prefix
	complete bool     // of an address: it has a port, so it is complete
	owner    k8s.Name // of an address: which object has it
	chosen   []string // of a service's address: which labels the pods behind it have
	wrong    string   // why the word can find nothing
}

type wordKind int

const (
	plainWord wordKind = iota // fuzzy in namespace/name, or in the other texts of the row
	hereWord                  // "here"
	nodeWord
	statusWord
	namespaceWord
	keyWord     // has a label of that key
	labelWord   // label=value
	unlikeWord  // label!=value
	addressWord // an address, or the beginning of one
	networkWord // 10.244.0.0/16
	wrongWord
)

// parseQuery reads what was typed. No query is wrong; some words find nothing and say why.
func parseQuery(text string) query {
	q := query{text: text}
	for _, field := range strings.Fields(text) {
		q.words = append(q.words, parseWord(field))
	}
	return q
}

func parseWord(text string) word {
	if looksLikeAddress(text) {
		return parseAddressWord(text)
	}
	field, value, named := strings.Cut(text, ":")
	if equal := strings.IndexByte(text, '='); equal > 0 && (!named || equal < len(field)) {
		return parseLabelWord(text, equal)
	}
	small := strings.ToLower(value)
	switch {
	case !named && strings.EqualFold(text, "here"):
		return word{kind: hereWord}
	case !named:
		return word{kind: plainWord, text: strings.ToLower(text)}
	}
	switch field {
	case "node":
		return word{kind: nodeWord, text: small}
	case "status":
		return word{kind: statusWord, text: small}
	case "ns":
		return word{kind: namespaceWord, text: small}
	case "label":
		if equal := strings.IndexByte(value, '='); equal > 0 {
			return parseLabelWord(value, equal)
		}
		return word{kind: keyWord, key: value}
	case "ip":
		return parseAddressWord(value)
	default:
		return word{kind: wrongWord, wrong: "there is no " + field + ": in a search; there are node: ip: status: ns: label:"}
	}
}

func parseLabelWord(text string, equal int) word {
	key, value := text[:equal], strings.TrimPrefix(text[equal+1:], "=")
	if strings.HasSuffix(key, "!") {
		return word{kind: unlikeWord, key: key[:len(key)-1], text: value}
	}
	return word{kind: labelWord, key: key, text: value}
}

// looksLikeAddress says whether a word is meant as an address: digits and dots, or hexadecimal digits and colons, perhaps in
// brackets, or with a port or a prefix length. A whole number alone is more likely a part of a name.
func looksLikeAddress(text string) bool {
	dots, colons := strings.Count(text, "."), strings.Count(text, ":")
	inner := strings.TrimPrefix(text, "[")
	if dots+colons == 0 || inner == "" {
		return false
	}
	for i := range len(inner) {
		switch c := inner[i]; {
		case line.IsDigit(c), c == '.', c == ':', c == '/', c == ']':
		case line.IsHex(c) && colons > 0:
		default:
			return false
		}
	}
	return line.IsHex(inner[0]) || inner[0] == ':'
}

// parseAddressWord reads an address as tools print it and people paste it: alone, in brackets, with a port, as a network, or only
// its beginning.
func parseAddressWord(text string) word {
	bad := word{kind: wrongWord, wrong: "not an address: " + text}
	if strings.Contains(text, "/") {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			bad.wrong = "not a network: " + text
			return bad
		}
		return word{kind: networkWord, prefix: network.Masked()}
	}
	w := word{kind: addressWord, text: strings.ToLower(strings.TrimPrefix(text, "["))}
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		w.addr = addr.Unmap().WithZone("")
		w.text = w.addr.String()
		return w
	}
	if port, err := netip.ParseAddrPort(text); err == nil {
		w.addr, w.complete = port.Addr().Unmap().WithZone(""), true
		w.text = w.addr.String()
		return w
	}
	if found := line.Addresses(text); len(found) == 1 && found[0].Start == 0 { // 10.244.1.17.8080, as tcpdump writes it
		w.addr, w.complete = found[0].Addr, true
		w.text = w.addr.String()
		return w
	}
	if !beginsAddress(w.text) {
		return bad
	}
	return w
}

// beginsAddress says whether the text could be the beginning of an address.
func beginsAddress(text string) bool {
	if strings.Contains(text, ":") {
		return strings.Count(text, ":") <= 7 && !strings.ContainsFunc(text, func(r rune) bool { return r != ':' && (r > 'f' || !line.IsHex(byte(r))) })
	}
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return false
	}
	for i, part := range parts {
		if part == "" && i == len(parts)-1 {
			return true
		}
		if _, err := netip.ParseAddr("0.0.0." + part); err != nil {
			return false
		}
	}
	return true
}

// narrows says whether the query before is sure to find every pod that q finds.
func (q query) narrows(before query) bool {
	n := len(before.words)
	if n == 0 || len(q.words) < n {
		return false
	}
	for i, w := range before.words {
		now := q.words[i]
		if w.kind != plainWord || now.kind != plainWord || i < n-1 && w.text != now.text || len(w.text) < short || !strings.HasPrefix(now.text, w.text) {
			return false
		}
	}
	return true
}

// empty says whether the query has no words.
func (q query) empty() bool { return len(q.words) == 0 }
