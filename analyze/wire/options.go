package wire

// The kinds of TCP options, as IANA numbers them.
const (
	optEnd           = 0
	optNOP           = 1
	optMSS           = 2
	optWindowScale   = 3
	optSACKPermitted = 4
	optSACK          = 5
	optEcho          = 6
	optEchoReply     = 7
	optTimestamps    = 8
	optCC            = 11
	optCCNew         = 12
	optCCEcho        = 13
	optMD5           = 19
	optUserTimeout   = 28
	optAO            = 29
	optMPTCP         = 30
	optFastOpen      = 34
	optAccECN0       = 172
	optAccECN1       = 174
	optExperiment1   = 253
	optExperiment2   = 254

	// fastOpenID marks an experimental option as Fast Open, which had no number of its own before RFC 7413.
	fastOpenID = 0xf989
)

// plainTimestamps is how nearly every segment of an established connection begins its options: NOP, NOP, timestamps of
// ten bytes, as RFC 7323, appendix A, recommends.
const plainTimestamps = optNOP<<24 | optNOP<<16 | optTimestamps<<8 | 10

// parse fills o from the option bytes of a header, of which the snap length cut the last missing ones.
func (o *Options) parse(raw []byte, missing int) {
	o.Raw = raw
	o.Has, o.MSS, o.WindowScale, o.NumSACK, o.TSVal, o.TSEcr = 0, 0, 0, 0, 0, 0
	if len(raw) == 12 && missing == 0 && be32(raw) == plainTimestamps {
		o.Has, o.TSVal, o.TSEcr = HasTimestamps, be32(raw[4:]), be32(raw[8:])
		return
	}
	if missing > 0 {
		o.Has = CutOptions
	}
	for len(raw) > 0 && raw[0] != optEnd {
		if raw[0] == optNOP {
			raw = raw[1:]
			continue
		}
		length := 2 // at least, when the length byte itself is not there
		if len(raw) > 1 {
			length = int(raw[1])
		}
		if length < 2 || length > len(raw)+missing {
			o.Has |= BadOption
			return
		}
		if length > len(raw) {
			return
		}
		o.one(raw[0], raw[2:length])
		raw = raw[length:]
	}
}

// one fills o from one option. A known kind of a wrong length says nothing that can be trusted: it counts as unknown.
func (o *Options) one(kind uint8, value []byte) {
	has := HasUnknownOption
	switch {
	case kind == optMSS && len(value) == 2:
		has, o.MSS = HasMSS, be16(value)
	case kind == optWindowScale && len(value) == 1:
		has, o.WindowScale = HasWindowScale, value[0]
	case kind == optSACKPermitted && len(value) == 0:
		has = HasSACKPermitted
	case kind == optSACK && len(value)%8 == 0:
		has = HasSACK
		o.sack(value)
	case kind == optTimestamps && len(value) == 8:
		has, o.TSVal, o.TSEcr = HasTimestamps, be32(value), be32(value[4:])
	case kind == optFastOpen, kind == optExperiment2 && len(value) >= 2 && be16(value) == fastOpenID:
		has = HasFastOpen
	case kind == optMPTCP && len(value) > 0:
		has = HasMPTCP
	case kind == optMD5 && len(value) == 16:
		has = HasMD5
	case kind == optAO && len(value) >= 2:
		has = HasAO
	case kind == optUserTimeout && len(value) == 2:
		has = HasUserTimeout
	}
	o.Has |= has
}

// sack keeps the blocks of a SACK option; a header has room for four (RFC 2018, 3).
func (o *Options) sack(value []byte) {
	o.NumSACK = 0
	for ; len(value) >= 8 && int(o.NumSACK) < len(o.SACK); value = value[8:] {
		o.SACK[o.NumSACK] = Block{Seq(be32(value)), Seq(be32(value[4:]))}
		o.NumSACK++
	}
}

// DSACK returns the block that reports bytes received twice, which can only be the first (RFC 2883, 4): it lies below
// the acknowledgement number, or within the second block.
func DSACK(ack Seq, blocks []Block) (Block, bool) {
	if len(blocks) == 0 {
		return Block{}, false
	}
	first := blocks[0]
	if first.Right.LessEq(ack) {
		return first, true
	}
	if len(blocks) > 1 && blocks[1].Left.LessEq(first.Left) && first.Right.LessEq(blocks[1].Right) {
		return first, true
	}
	return Block{}, false
}
