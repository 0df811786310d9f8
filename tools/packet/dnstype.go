package packet

import "strconv"

// recordType is the type of a record, as IANA numbers it.
type recordType uint16

const (
	typeA       recordType = 1
	typeNS      recordType = 2
	typeMD      recordType = 3
	typeMF      recordType = 4
	typeCNAME   recordType = 5
	typeSOA     recordType = 6
	typeMB      recordType = 7
	typeMG      recordType = 8
	typeMR      recordType = 9
	typePTR     recordType = 12
	typeHINFO   recordType = 13
	typeMX      recordType = 15
	typeTXT     recordType = 16
	typeRP      recordType = 17
	typeAFSDB   recordType = 18
	typeRT      recordType = 21
	typeSIG     recordType = 24
	typeKEY     recordType = 25
	typeAAAA    recordType = 28
	typeSRV     recordType = 33
	typeNAPTR   recordType = 35
	typeKX      recordType = 36
	typeDNAME   recordType = 39
	typeOPT     recordType = 41
	typeDS      recordType = 43
	typeSSHFP   recordType = 44
	typeRRSIG   recordType = 46
	typeNSEC    recordType = 47
	typeDNSKEY  recordType = 48
	typeTLSA    recordType = 52
	typeSMIMEA  recordType = 53
	typeCDS     recordType = 59
	typeCDNSKEY recordType = 60
	typeSVCB    recordType = 64
	typeHTTPS   recordType = 65
	typeSPF     recordType = 99
	typeURI     recordType = 256
	typeCAA     recordType = 257
	typeDLV     recordType = 32769
)

var typeNames = map[recordType]string{
	typeA: "A", typeNS: "NS", typeMD: "MD", typeMF: "MF", typeCNAME: "CNAME", typeSOA: "SOA", typeMB: "MB", typeMG: "MG", typeMR: "MR",
	10: "NULL", 11: "WKS", typePTR: "PTR", typeHINFO: "HINFO", 14: "MINFO", typeMX: "MX", typeTXT: "TXT", typeRP: "RP", typeAFSDB: "AFSDB",
	19: "X25", 20: "ISDN", typeRT: "RT", 22: "NSAP", 23: "NSAP-PTR", typeSIG: "SIG", typeKEY: "KEY", 26: "PX", 27: "GPOS",
	typeAAAA: "AAAA", 29: "LOC", 30: "NXT", typeSRV: "SRV", 34: "ATMA", typeNAPTR: "NAPTR", typeKX: "KX", 37: "CERT", 38: "A6",
	typeDNAME: "DNAME", 40: "SINK", typeOPT: "OPT", 42: "APL", typeDS: "DS", typeSSHFP: "SSHFP", 45: "IPSECKEY", typeRRSIG: "RRSIG",
	typeNSEC: "NSEC", typeDNSKEY: "DNSKEY", 49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM", typeTLSA: "TLSA", typeSMIMEA: "SMIMEA",
	55: "HIP", 56: "NINFO", 57: "RKEY", 58: "TALINK", typeCDS: "CDS", typeCDNSKEY: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC",
	63: "ZONEMD", typeSVCB: "SVCB", typeHTTPS: "HTTPS", typeSPF: "SPF", 104: "NID", 105: "L32", 106: "L64", 107: "LP", 108: "EUI48",
	109: "EUI64", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", typeURI: "URI",
	typeCAA: "CAA", 258: "AVC", 260: "AMTRELAY", 32768: "TA", typeDLV: "DLV",
}

// String returns the type's name, or its number in the form of RFC 3597.
func (t recordType) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return "TYPE" + strconv.Itoa(int(t))
}
