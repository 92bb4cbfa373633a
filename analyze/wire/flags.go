package wire

// Flags are the control bits of a TCP header, with the header's own values (RFC 9293, 3.1; ECE and CWR from RFC 3168;
// AE is the former NS bit, draft-ietf-tcpm-accurate-ecn).
type Flags uint16

// The control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE
)

// Has reports whether every bit of g is set in f.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Any reports whether some bit of g is set in f.
func (f Flags) Any(g Flags) bool { return f&g != 0 }

// String returns tcpdump's letters: "S", "S.", "P.", "F.", "R", "none"; a dot is ACK.
func (f Flags) String() string {
	const letters = "FSRP.UEWe"
	buf := make([]byte, 0, len(letters))
	for i := range len(letters) {
		if f&(1<<i) != 0 {
			buf = append(buf, letters[i])
		}
	}
	if len(buf) == 0 {
		return "none"
	}
	return string(buf)
}

// Words returns the RFC's names joined by commas, SYN first: "SYN,ACK".
func (f Flags) Words() string {
	order := [...]struct {
		bit  Flags
		name string
	}{{SYN, "SYN"}, {FIN, "FIN"}, {RST, "RST"}, {PSH, "PSH"}, {ACK, "ACK"}, {URG, "URG"}, {ECE, "ECE"}, {CWR, "CWR"}, {AE, "AE"}}
	s := ""
	for _, o := range order {
		if f&o.bit != 0 {
			if s != "" {
				s += ","
			}
			s += o.name
		}
	}
	if s == "" {
		return "none"
	}
	return s
}
