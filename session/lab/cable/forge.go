package cable

import "encoding/binary"

// The marks of a forged packet, unlike those of a host of the lab: a TTL of its own, no DF, a fixed ID.
const (
	forgedTTL = 57
	forgedID  = 0x3039
)

// forge makes segments that follow the packet in hand: to its receiver as if from the sender, to its sender as if from
// the receiver.
func (e *engine) forge(f *Forgery, h *hand) {
	if f.ToReceiver {
		e.follow(h, &departure{dir: h.dir, frame: f.segment(h, false)}, Forged)
	}
	if f.ToSender {
		e.follow(h, &departure{dir: h.dir.Other(), frame: f.segment(h, true)}, Forged)
	}
}

// segment makes one of them.
func (f *Forgery) segment(h *hand, back bool) []byte {
	frame := make([]byte, h.l4+tcpMinLen+len(f.Data))
	copy(frame, h.frame[:h.l4])
	p := packet{frame, h.v6, protoTCP, h.l4, len(frame)}
	p.restamp(f.TTL)
	seq, ack, ports := h.seq()+h.seqLen(), h.ack(), h.ports()
	if back {
		p.turnRound()
		seq, ack, ports = h.ack(), seq, ports<<16|ports>>16
	}
	if ack += uint32(f.AckOffset); f.ZeroAck || f.Flags&flagACK == 0 && !f.BareAck {
		ack = 0
	}
	t := p.l4b()
	binary.BigEndian.PutUint32(t, ports)
	binary.BigEndian.PutUint32(t[4:], seq+uint32(f.SeqOffset))
	binary.BigEndian.PutUint32(t[8:], ack)
	t[12], t[13] = tcpMinLen/4<<4, f.Flags
	if f.Flags&flagRST == 0 && !f.NoWindow {
		binary.BigEndian.PutUint16(t[14:], 0xffff) // a window like any host's; an RST has none
	}
	copy(t[tcpMinLen:], f.Data)
	p.fixChecksums()
	return frame
}
