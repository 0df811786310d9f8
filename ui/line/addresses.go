package line

import (
	"net/netip"
	"strconv"
	"strings"
)

// address is the address of a host in a line of a tool's output.
type address struct {
	Start, end int // of what a name replaces; brackets before a port belong to it
	prefix     int // where the prefix length after it ends, or end if there is none
	Addr       netip.Addr
}

// Addresses finds the addresses of hosts in a line, as tools write them: alone, in brackets, before a port (10.0.0.1.443,
// 10.0.0.1:443, [fd00::1]:443), a zone or a prefix length. What only looks like an address is left out: the prefix of a network,
// a version, a time, a MAC address, digits within a name.
func Addresses(line string) []address {
	var found []address
	for i := 0; i < len(line); i++ {
		if !IsHex(line[i]) && line[i] != ':' || !beginsWord(line, i) {
			continue
		}
		if a, ok := addressAt(line, i); ok {
			found = append(found, a)
			i = a.prefix - 1
			continue
		}
		for i+1 < len(line) && isWord(line[i+1]) { // no address begins in the middle of a word
			i++
		}
	}
	return found
}

// beginsWord says whether an address may begin here. After a colon it may if the colon ends a word, as in addr:10.0.0.1.
func beginsWord(line string, i int) bool {
	if i == 0 {
		return true
	}
	switch before := line[i-1]; {
	case before == ':':
		start := i - 1
		for start > 0 && isWord(line[start-1]) {
			start--
		}
		return IsDigit(line[i]) && strings.ContainsFunc(line[start:i-1], func(r rune) bool { return r > 'f' || 'F' < r && r < 'a' })
	case before == '-':
		return i > 1 && !isWord(line[i-2]) && line[i-2] != '-'
	default:
		return !isWord(before) && before != '.' && before != '%'
	}
}

// addressAt reads the address that begins at i.
func addressAt(line string, i int) (address, bool) {
	addr, end := parseV6(line, i)
	if end == 0 {
		addr, end = parseV4(line, i)
	}
	if end == 0 || !endsAddress(line, end) {
		return address{}, false
	}
	a := address{Start: i, end: end, prefix: end, Addr: addr}
	if bits, after := prefixLength(line, end); after > 0 {
		network, err := addr.Prefix(bits)
		if err != nil || network.Addr() == addr && bits < addr.BitLen() {
			return address{}, false
		}
		a.prefix = after
	}
	if i > 0 && line[i-1] == '[' && strings.HasPrefix(line[end:], "]") && end+1 < len(line) && (line[end+1] == ':' || line[end+1] == '%') {
		a.Start, a.end, a.prefix = i-1, end+1, end+1
	}
	return a, true
}

// parseV4 reads an IPv4 address; end is 0 if there is none.
func parseV4(line string, i int) (addr netip.Addr, end int) {
	end = i
	for part := range 4 {
		if part > 0 {
			if end >= len(line) || line[end] != '.' {
				return addr, 0
			}
			end++
		}
		start := end
		for end < len(line) && IsDigit(line[end]) && end-start < 4 {
			end++
		}
		if start == end {
			return addr, 0
		}
	}
	addr, err := netip.ParseAddr(line[i:end])
	if err != nil {
		return addr, 0
	}
	return addr, end
}

// parseV6 reads an IPv6 address, also one that ends like an IPv4 address; end is 0 if there is none.
func parseV6(line string, i int) (addr netip.Addr, end int) {
	const longest = 40 // with a colon behind it
	end = i
	for end < len(line) && (IsHex(line[end]) || line[end] == ':') && end-i < longest+1 {
		end++
	}
	text := line[i:end]
	if end-i > longest || strings.Count(text, ":") < 2 || likeMAC(text) {
		return addr, 0
	}
	if last := i + strings.LastIndexByte(text, ':') + 1; last < end {
		if _, mapped := parseV4(line, last); mapped > 0 {
			if addr, err := netip.ParseAddr(line[i:mapped]); err == nil {
				return addr, mapped
			}
		}
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr, end
	}
	if text, ok := strings.CutSuffix(text, ":"); ok { // the colon belongs to the sentence
		if addr, err := netip.ParseAddr(text); err == nil {
			return addr, end - 1
		}
	}
	return addr, 0
}

// likeMAC says whether it is written like a hardware address of eight bytes: 00:11:22:33:44:55:66:77.
func likeMAC(text string) bool {
	for i := range len(text) {
		if (i%3 == 2) != (text[i] == ':') {
			return false
		}
	}
	return true
}

// endsAddress says whether an address may end here: at the end of a word, before a zone, or before a port.
func endsAddress(line string, end int) bool {
	rest := line[end:]
	switch {
	case rest == "":
		return true
	case rest[0] == '.':
		return endsPort(rest[1:])
	case rest[0] == '-':
		return len(rest) == 1 || !isWord(rest[1])
	default:
		return !isWord(rest[0])
	}
}

// endsPort says whether a port, by number or by name, comes after the dot, or nothing: then the dot ends a sentence.
func endsPort(rest string) bool {
	n := 0
	for n < len(rest) && (isWord(rest[n]) || rest[n] == '-' && n > 0) {
		n++
	}
	port, after := rest[:n], rest[n:]
	if strings.HasPrefix(after, ".") && len(after) > 1 && isWord(after[1]) {
		return false // more follows: it is a version, or a name
	}
	if port == "" {
		return true
	}
	if _, err := strconv.ParseUint(port, 10, 16); err == nil {
		return true
	}
	return !IsDigit(port[0])
}

// prefixLength reads a prefix length such as /24 after an address; after is 0 if there is none.
func prefixLength(line string, end int) (bits, after int) {
	if end >= len(line) || line[end] != '/' {
		return 0, 0
	}
	after = end + 1
	for after < len(line) && IsDigit(line[after]) {
		after++
	}
	bits, err := strconv.Atoi(line[end+1 : after])
	if err != nil || after < len(line) && (isWord(line[after]) || line[after] == '.' && after+1 < len(line) && IsDigit(line[after+1])) {
		return 0, 0
	}
	return bits, after
}

func IsDigit(c byte) bool { return '0' <= c && c <= '9' }

func IsHex(c byte) bool { return IsDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isWord(c byte) bool { return IsDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }
