package wireshark

import "tcplab/analyze/wire"

// Values of Result.ScaleFactor that are no multiplier.
const (
	ScaleUnknown = -1 // the handshake was not captured
	ScaleUnused  = -2 // the handshake agreed on no scaling
)

// The same, as a shift of a half.
const (
	scaleUnknown = -1
	scaleUnused  = -2
)

// maxShift is the largest shift; larger ones count as it (RFC 7323, 2.3).
const maxShift = 14

// readWindow fills in the window as shown. The window of a SYN is never scaled (RFC 7323, 2.2).
func (f *half) readWindow(window uint16, flags wire.Flags, r *Result) {
	r.Window = uint32(window)
	if flags.Has(wire.SYN) {
		return
	}
	r.ScaleFactor = int32(f.scale)
	if f.scale >= 0 {
		r.ScaleFactor = 1 << f.scale
		r.Window <<= f.scale
	}
}

// readOptions takes what later segments are judged by: SACK blocks and window scale.
func (f *half) readOptions(o *wire.Options, flags wire.Flags, b *half) {
	f.sacks = min(o.NumSACK, uint8(len(f.sack)))
	copy(f.sack[:], o.SACK[:f.sacks])
	if o.Has&wire.HasWindowScale != 0 {
		f.scale = int8(min(o.WindowScale, maxShift))
	}
	if flags.Has(wire.SYN) {
		f.settleScale(b, flags.Has(wire.ACK))
	}
}

// settleScale applies the rule that scaling needs both ends (RFC 7323, 1.3), as far as a SYN shows it.
func (f *half) settleScale(b *half, answer bool) {
	if f.scale == scaleUnknown {
		f.scale, b.scale = scaleUnused, scaleUnused
	} else if answer && b.scale == scaleUnused {
		f.scale = scaleUnused
	}
}
