package packets

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// token is a piece of a filter, in lower case.
type token struct {
	text        string
	quoted, end bool
}

// is says whether a token is one of some words that mean something; in quotes, words mean nothing special.
func (t token) is(words ...string) bool {
	for _, w := range words {
		if !t.quoted && !t.end && t.text == w {
			return true
		}
	}
	return false
}

// tokenize splits a filter: words, phrases in quotes, and the signs ( ) ! - && ||. The signs ! and - negate what comes after
// them.
//
// Errors: what looks like the syntax of another filter.
func tokenize(text string) (out []token, err error) {
	for rest := strings.ToLower(text); ; {
		rest = strings.TrimLeft(rest, " \t")
		switch {
		case rest == "":
			return out, nil
		case rest[0] == '"' || rest[0] == '\'':
			phrase, behind, _ := strings.Cut(rest[1:], rest[:1]) // a phrase that is not closed goes to the end
			out, rest = append(out, token{text: phrase, quoted: true}), behind
		case rest[0] == '(' || rest[0] == ')':
			out, rest = append(out, token{text: rest[:1]}), rest[1:]
		case strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||"):
			out, rest = append(out, token{text: rest[:2]}), rest[2:]
		case rest[0] == '-', rest[0] == '!' && !strings.HasPrefix(rest, "!="):
			out, rest = append(out, token{text: rest[:1]}), rest[1:]
		default:
			size := strings.IndexAny(rest, " \t()")
			if size < 0 {
				size = len(rest)
			}
			word := rest[:size]
			if err := foreign(word); err != nil {
				return nil, err
			}
			out, rest = append(out, token{text: word}), rest[size:]
		}
	}
}

var (
	comparison = regexp.MustCompile(`==|!=|>=|<=|^[<>=~]$|^[a-z0-9_.]+[<>]`)
	fieldName  = regexp.MustCompile(`^(eth|frame|ip|ipv6|tcp|udp|icmp|icmpv6|arp|dns|http2?|tls|ssl|quic|sctp|vlan|vxlan|gre|sll|_ws)\.` +
		`(port|srcport|dstport|addr|src|dst|host|flags|analysis|stream|len|length|seq|ack|window.*|qry|resp|time.*|request|response|handshake|proto|ttl|id|number|malformed|opcode|type|code|status.*|hdr|checksum)(\.|$)`)
	packetByte = regexp.MustCompile(`^[a-z0-9]+\[`)
	joined     = regexp.MustCompile(`^(port|host|net|src|dst)[=:](.+)$`)
	shortFlags = regexp.MustCompile(`^\[[sfrpuewa.]+\]$`)
)

// foreign returns an error if a word belongs to another filter language.
func foreign(word string) error {
	switch {
	case packetByte.MatchString(word):
		return ofTcpdump(word)
	case comparison.MatchString(word), fieldName.MatchString(word):
		return ofWireshark(word)
	case shortFlags.MatchString(word):
		return fmt.Errorf("%s is how tcpdump writes flags: here they have names, as in syn, rst or \"fin, ack\"", word)
	case joined.MatchString(word):
		m := joined.FindStringSubmatch(word)
		return fmt.Errorf("%s is written %s %s", word, m[1], m[2])
	case strings.Trim(word, "&|") == "":
		return errors.New("for and, type and or &&; for or, type or or ||")
	}
	return nil
}

func ofWireshark(word string) error {
	return fmt.Errorf("%s is Wireshark's: this filter takes words, as in port 8080 or \"404 not\"", word)
}

func ofTcpdump(word string) error {
	return fmt.Errorf("%s is tcpdump's: this filter takes words, and port, host, net, and, or, not", word)
}
