package render

import (
	"encoding/base64"

	"tcplab/analyze/report"
)

func appendHit(b []byte, h *report.Hit) []byte {
	b = appendString(append(b, `{"dir":`...), h.Dir)
	b = appendUint(append(b, `,"frame":`...), h.Frame)
	b = appendUint(append(b, `,"last_frame":`...), h.LastFrame)
	b = appendUint(append(b, `,"offset":`...), h.Offset)
	b = base64.StdEncoding.AppendEncode(append(b, `,"before":"`...), h.Before)
	b = base64.StdEncoding.AppendEncode(append(b, `","after":"`...), h.After)
	return append(b, '"', '}')
}
