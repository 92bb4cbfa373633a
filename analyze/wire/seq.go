package wire

// Seq is a TCP sequence number. Numbers wrap at 2³², so two of them are never compared with < (RFC 9293, 3.4).
type Seq uint32

// Less reports whether s comes before t, modulo 2³².
func (s Seq) Less(t Seq) bool { return int32(s-t) < 0 }

// LessEq reports whether s is t or comes before it.
func (s Seq) LessEq(t Seq) bool { return int32(s-t) <= 0 }

// Max returns the later of s and t.
func (s Seq) Max(t Seq) Seq {
	if s.Less(t) {
		return t
	}
	return s
}

// Sub returns how far s is ahead of t; negative when it is behind.
func (s Seq) Sub(t Seq) int32 { return int32(s - t) }
