package diagnose

import "tcplab/analyze/flow"

// Unseen is how many packets the sender of r had sent since its previous one in this capture that the capture does not hold;
// known is false where IP IDs do not tell for sure. Linux counts them up by one for each packet of a connection (RFC 6864, 4.1 leaves
// it free), others for each packet of the host; that this sender does is shown by its SYN and its other packets.
func (c *Case) Unseen(r *flow.Row) (n int, known bool) {
	system := SystemOf(&c.Conv.Half[r.Dir].SYN)
	if system == Windows || system == BSD {
		return 0, false
	}
	steady := 0
	var before *flow.Row
	for i := range c.Conv.Rows {
		o := &c.Conv.Rows[i]
		if c.Conv.Gap > 0 && i == c.Conv.GapAt {
			before = nil
		}
		if o.Dir != r.Dir || o.IPID == 0 {
			continue // a SYN-ACK and a kernel's RST have 0
		}
		if before != nil {
			step := int(int16(o.IPID-before.IPID)) - c.packets(before)
			switch {
			case o == r:
				n, known = step, true
			case step == 0:
				steady++
			default:
				return 0, false
			}
		}
		before = o
	}
	if n < 0 || n >= 64 {
		return 0, false
	}
	return n, known && steady > 0 && system == Linux
}

// packets is how many packets a row was on the wire: an offloaded one is cut into segments later.
func (c *Case) packets(r *flow.Row) int {
	mss := uint32(c.Conv.Half[r.Dir.Other()].SYN.MSS)
	if mss == 0 || r.Len <= mss {
		return 1
	}
	if c.SYN().Timestamps && c.SYNACK().Timestamps {
		mss -= 12 // RFC 7323, appendix A: the option takes its room from the data
	}
	return int((r.Len + mss - 1) / mss)
}
