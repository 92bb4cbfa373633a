package wire

// Record types of Endace's extensible record format that hold frames; the high bit of the type byte says that
// extension headers follow.
const (
	erfHDLC     = 1
	erfEthernet = 2
	erfColorHDL = 10
	erfColorEth = 11
	erfIPv4     = 22
	erfIPv6     = 23
	erfType     = 0x7f
	erfMore     = 0x80
)

// erf decodes a record of Endace's extensible record format, which editcap keeps when it converts such captures: a
// header of 16 bytes, extension headers of 8, and before an Ethernet frame two bytes of padding.
func (d *decoder) erf(s span) Kind {
	if len(s.b) < 16 {
		return d.lack(s, 16)
	}
	kind, more, at := s.b[8]&erfType, s.b[8]&erfMore != 0, 16
	for more {
		if len(s.b) < at+8 {
			return d.lack(s, at+8)
		}
		more = s.b[at]&erfMore != 0
		at += 8
	}
	switch kind {
	case erfHDLC, erfColorHDL:
		return d.pppFrame(s.skip(at))
	case erfEthernet, erfColorEth:
		if len(s.b) < at+2 {
			return d.lack(s, at+2)
		}
		return d.ethernet(s.skip(at + 2))
	case erfIPv4, erfIPv6:
		return d.ip(s.skip(at))
	}
	return NotTCP
}
