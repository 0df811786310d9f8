package packets

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/line"
)

// query says whether a packet matches.
type query func(c *candidate) bool

// candidate is a packet that a filter looks at.
type candidate struct {
	*capture.Packet
	names line.Names
	pod   string
	text  string // the text that is searched, in lower case; "" until it is needed
}

func (c *candidate) searched() string {
	if c.text == "" {
		c.text = searched(c.Packet, c.names, c.pod)
	}
	return c.text
}

// parseQuery reads what was typed: words, phrases in quotes, port N, host X and net X/N, with src and dst before them; all of
// them side by side or joined by and, or, not, and parentheses. nil matches everything.
//
// Errors: what it cannot understand, in a sentence.
func parseQuery(text string) (query, error) {
	tokens, err := tokenize(text)
	if err != nil || len(tokens) == 0 {
		return nil, err
	}
	p := queryParser{tokens: tokens}
	q, err := p.any()
	if err == nil && len(p.tokens) > 0 {
		err = errors.New("there is one ) too many; text with brackets goes in quotes")
	}
	return q, err
}

type queryParser struct{ tokens []token }

// peek is the next token; next removes it. At the end both return the empty token.
func (p *queryParser) peek() token {
	if len(p.tokens) == 0 {
		return token{end: true}
	}
	return p.tokens[0]
}

func (p *queryParser) next() token {
	t := p.peek()
	if !t.end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *queryParser) any() (query, error) {
	q, err := p.all()
	for err == nil && p.peek().is("or", "||") {
		p.next()
		var right query
		left := q
		right, err = p.all()
		q = func(c *candidate) bool { return left(c) || right(c) }
	}
	return q, err
}

func (p *queryParser) all() (query, error) {
	q, err := p.one()
	for err == nil && !p.peek().end && !p.peek().is("or", "||", ")") {
		if t := p.peek(); t.is("contains", "matches") {
			return nil, ofWireshark(t.text)
		}
		if p.peek().is("and", "&&") {
			p.next()
		}
		var right query
		left := q
		right, err = p.one()
		q = func(c *candidate) bool { return left(c) && right(c) }
	}
	return q, err
}

func (p *queryParser) one() (query, error) {
	t := p.next()
	switch {
	case t.end:
		return nil, errors.New("something is missing at the end")
	case t.is("not", "!", "-"):
		q, err := p.one()
		return func(c *candidate) bool { return !q(c) }, err
	case t.is("("):
		q, err := p.any()
		if err == nil && !p.next().is(")") {
			err = errors.New("a ( is not closed; text with brackets goes in quotes")
		}
		return q, err
	case t.is("and", "&&", "or", "||", ")"):
		return nil, fmt.Errorf("something is missing before %s", t.text)
	case t.is("src", "dst"):
		return p.end(t.text)
	case t.is("port", "host", "net"):
		p.tokens = append([]token{t}, p.tokens...)
		return p.end("")
	case t.is("tcp", "udp", "sctp") && p.peek().is("port", "src", "dst"):
		q, err := p.one()
		over := strings.ToUpper(t.text)
		return func(c *candidate) bool { return c.Over == over && q(c) }, err
	case t.is("ip", "ip4", "ipv4"):
		return overIP(netip.Addr.Is4), nil
	case t.is("ip6", "ipv6"):
		return overIP(netip.Addr.Is6), nil
	case !t.quoted && netWord.MatchString(t.text):
		p.tokens = append([]token{{text: "net"}, t}, p.tokens...)
		return p.end("")
	case !t.quoted && tcpdumpOnly[t.text] && !p.peek().end && !p.peek().is("and", "or", ")"):
		return nil, ofTcpdump(t.text)
	case t.is("icmp6"):
		t.text = "icmpv6"
	}
	return func(c *candidate) bool { return contains(c.searched(), t.text) }, nil
}

// overIP matches packets of one version of IP, also where it is only around them, as a tunnel.
func overIP(version func(netip.Addr) bool) query {
	return func(c *candidate) bool {
		return version(c.Src) && c.Protocol != "ARP" || c.Tunnel != "" && version(c.OuterSrc)
	}
}

// netWord is an address with a length, which no text of a packet has.
var netWord = regexp.MustCompile(`^[0-9a-f]*[.:][0-9a-f.:]*/[0-9]+$`)

// tcpdumpOnly are words that mean something to tcpdump if another one follows.
var tcpdumpOnly = map[string]bool{"portrange": true, "ether": true, "proto": true, "gateway": true, "greater": true, "less": true, "protochain": true}

// end reads a condition on one end, or on either if side is "": port N, host X, net X/N, or X.
func (p *queryParser) end(side string) (query, error) {
	t := p.next()
	what := "host"
	if t.is("port", "host", "net") {
		what, t = t.text, p.next()
	}
	if t.end || t.is("and", "or", "not", "(", ")", "!", "&&", "||") {
		return nil, fmt.Errorf("nothing follows %s", strings.TrimSpace(side+" "+what))
	}
	if what == "host" && !t.quoted && netWord.MatchString(t.text) {
		what = "net"
	}
	var has func(c *candidate, e end) bool
	switch what {
	case "port":
		n, err := strconv.ParseUint(t.text, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("port %s: a port is a number up to 65535", t.text)
		}
		has = func(_ *candidate, e end) bool { return uint64(e.port) == n }
	case "net":
		prefix, err := netip.ParsePrefix(t.text)
		if err != nil {
			return nil, fmt.Errorf("net %s: a net is written like 10.0.0.0/8", t.text)
		}
		has = func(_ *candidate, e end) bool { return prefix.Contains(e.addr) }
	default:
		has = func(c *candidate, e end) bool {
			return contains(strings.ToLower(endWords(c.Packet, e, c.names)), t.text)
		}
	}
	return func(c *candidate) bool {
		between := ends(c.Packet)
		return side != "dst" && has(c, between[0]) || side != "src" && has(c, between[1]) || side == "" && what != "port" && c.hasOuter(has)
	}, nil
}

// hasOuter says whether an end of the tunnel around a packet has something.
func (c *candidate) hasOuter(has func(c *candidate, e end) bool) bool {
	return c.Tunnel != "" && (has(c, end{addr: c.OuterSrc}) || has(c, end{addr: c.OuterDst}))
}

// contains says whether a text has a word; a number does not match inside another number.
func contains(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 || word == "" {
			return word == ""
		}
		at, behind := from+i, from+i+len(word)
		inBefore := at > 0 && isDigit(word[0]) && isDigit(text[at-1])
		inBehind := behind < len(text) && isDigit(word[len(word)-1]) && isDigit(text[behind])
		if !inBefore && !inBehind {
			return true
		}
		from = at + 1
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
