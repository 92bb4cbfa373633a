package render

import "tcplab/analyze/report"

// Of connections that are alike (report.Connection.Alike) the first is spelt, and what it has of its own cut out: the others are
// that text with their own in its place.

// What a connection has of its own, in the order in which it is written; findings follow, each with what is its own.
const (
	ownID = iota
	ownClient
	ownPort
	ownServer
	ownFirst
	ownLast
	ownStart
	ownDuration
	ownSYN
	ownClosing
	ownFindings
)

// Of a finding.
const (
	ownFrames = iota
	ownEvidence
	ownFix
	ownExcluded
	ownsOfFinding
)

// stencils are the texts of connections that are alike, by number.
type stencils struct {
	known [512]stencil
	cuts  []int // begin and end of what is own in a connection that is being spelt
}

// stencil is the text of one.
type stencil struct {
	alike uint32
	text  []byte
	ends  []int // of its pieces; own values stand between them
}

// alike appends a connection that is like others.
func (e *encoder) alike(b []byte, c *report.Connection) []byte {
	s := &e.stencil.known[c.Alike%uint32(len(e.stencil.known))]
	if s.alike != c.Alike {
		start := len(b)
		e.stencil.cuts = append(e.stencil.cuts[:0], start)
		b = e.spell(b, c)
		s.cut(c.Alike, b, append(e.stencil.cuts, len(b)))
		e.stencil.cuts = e.stencil.cuts[:0]
		return b
	}
	at := 0
	for k, end := range s.ends[:len(s.ends)-1] {
		b = e.own(append(b, s.text[at:end]...), c, k)
		at = end
	}
	return append(b, s.text[at:]...)
}

// cut makes s what stands between the cuts.
func (s *stencil) cut(alike uint32, b []byte, cuts []int) {
	s.alike, s.text, s.ends = alike, s.text[:0], s.ends[:0]
	for i := 0; i < len(cuts); i += 2 {
		s.text = append(s.text, b[cuts[i]:cuts[i+1]]...)
		s.ends = append(s.ends, len(s.text))
	}
}

// own appends own value k of c.
func (e *encoder) own(b []byte, c *report.Connection, k int) []byte {
	start := len(b)
	switch k {
	case ownID:
		b = appendUint(b, c.ID)
	case ownClient:
		b = appendString(b, c.Client.Addr)
	case ownPort:
		b = appendUint(b, c.Client.Port)
	case ownServer:
		b = appendString(b, c.Server.Addr)
	case ownFirst:
		b = appendUint(b, c.FirstFrame)
	case ownLast:
		b = appendUint(b, c.LastFrame)
	case ownStart:
		b = e.time(b, c.Start)
	case ownDuration:
		b = c.Duration.Append(b)
	case ownSYN:
		b = appendUint(b, c.Handshake.SYN)
	case ownClosing:
		b = appendUints(b, c.Close.Frames)
	default:
		b = e.ownOfFinding(b, c, k-ownFindings)
	}
	if len(e.stencil.cuts) > 0 {
		e.stencil.cuts = append(e.stencil.cuts, start, len(b))
	}
	return b
}

func (e *encoder) ownOfFinding(b []byte, c *report.Connection, k int) []byte {
	f := &c.Findings[k/ownsOfFinding]
	switch k % ownsOfFinding {
	case ownFrames:
		return appendUints(b, f.Frames)
	case ownEvidence:
		return appendStrings(b, f.Evidence)
	case ownFix:
		return appendString(b, f.Fix)
	}
	return e.excluded(b, f, c)
}
