package live

import "tcplab/capture"

// dltRaw is libpcap's DLT_RAW on Linux. Files store LINKTYPE_RAW (101) instead; for every other type that is decoded
// here, the two numbers are the same.
const dltRaw = 12

// linkOf returns the link type that files store for what libpcap calls dlt.
func linkOf(dlt int) capture.LinkType {
	if dlt == dltRaw {
		return capture.LinkRaw
	}
	return capture.LinkType(dlt)
}

// dltOf is the inverse of linkOf.
func dltOf(link capture.LinkType) int {
	switch link {
	case capture.LinkRaw, capture.LinkRawOpenBSD:
		return dltRaw
	}
	return int(link)
}
