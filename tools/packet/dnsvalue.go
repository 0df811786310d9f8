package packet

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
)

// value reads the value of a record, of size bytes.
func (r *dnsReader) value(kind recordType, size int) string {
	end := r.at + size
	number := func(bytes int) string { return strconv.FormatUint(uint64(r.number(bytes)), 10) }
	switch kind {
	case typeA, typeAAAA:
		if a, ok := netip.AddrFromSlice(r.take(size)); ok && a.Is4() == (kind == typeA) {
			return a.String()
		}
		r.wrong = "an address of " + figuresOf(size)
	case typeNS, typeCNAME, typePTR, typeDNAME, typeMD, typeMF, typeMB, typeMG, typeMR:
		return r.name()
	case typeMX, typeKX, typeAFSDB, typeRT:
		return number(2) + " " + r.name()
	case typeSOA:
		return r.name() + " " + r.name() + " " + number(4)
	case typeSRV:
		r.take(4) // priority, weight
		port := number(2)
		return r.name() + ":" + port
	case typeTXT, typeSPF, typeHINFO:
		return r.strings(end)
	case typeCAA:
		flags := number(1)
		tag := string(r.take(int(r.number(1))))
		return flags + " " + tag + " " + strconv.Quote(string(r.take(max(0, end-r.at))))
	case typeDS, typeCDS, typeDLV:
		return number(2) + " " + number(1) + " " + number(1) + " " + r.hex(end)
	case typeDNSKEY, typeCDNSKEY, typeKEY:
		return number(2) + " " + number(1) + " " + number(1)
	case typeRRSIG, typeSIG:
		return recordType(r.number(2)).String()
	case typeNSEC, typeRP:
		return r.name()
	case typeTLSA, typeSMIMEA:
		return number(1) + " " + number(1) + " " + number(1) + " " + r.hex(end)
	case typeSSHFP:
		return number(1) + " " + number(1) + " " + r.hex(end)
	case typeNAPTR:
		return number(2) + " " + number(2) + " " + r.text() + " " + r.text() + " " + r.text() + " " + r.name()
	case typeURI:
		return number(2) + " " + number(2) + " " + strconv.Quote(string(r.take(max(0, end-r.at))))
	case typeSVCB, typeHTTPS:
		return number(2) + " " + r.name()
	}
	return figuresOf(size)
}

// text reads a string that begins with its length.
func (r *dnsReader) text() string { return strconv.Quote(string(r.take(int(r.number(1))))) }

func (r *dnsReader) strings(end int) string {
	var all []string
	for r.good() && r.at < end {
		all = append(all, r.text())
	}
	return strings.Join(all, " ")
}

func (r *dnsReader) hex(end int) string {
	const most = 32
	p := r.take(max(0, end-r.at))
	return hex.EncodeToString(p[:min(len(p), most)])
}
