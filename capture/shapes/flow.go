package shapes

import "encoding/binary"

// flow is one connection that is being written.
type flow struct {
	client, server         [4]byte // the last bytes of the addresses
	clientPort, serverPort uint16
	v6, refused            bool
	sizes                  []int
	step, steps            int
	left                   int // it is left open after so many packets; 0: it is not
	seq                    [2]uint32
	ipid                   [2]uint16
	clock                  uint32
	sent                   int
	unacked                int
}

// newFlow returns connection number i: its addresses and numbers follow from i alone.
func newFlow(i, steps int, v6 bool, sizes []int) flow {
	h := uint32(i)*2654435761 + 12345
	return flow{
		client: [4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}, server: [4]byte{192, 168, byte(h >> 24), byte(h>>16) | 1},
		clientPort: uint16(32768 + h%28000), serverPort: [4]uint16{443, 80, 8080, 5432}[i%4],
		v6: v6, sizes: sizes, steps: steps, seq: [2]uint32{h, ^h}, clock: h >> 8,
	}
}

const (
	fin = 1
	syn = 2
	rst = 4
	psh = 8
	ack = 16
)

// packet appends the next packet of the connection to buf.
func (f *flow) packet(buf []byte) []byte {
	i := f.step
	f.step++
	f.clock++
	last := f.steps - i
	switch {
	case i == 0:
		return f.segment(buf, 0, syn, 0)
	case i == 1 && f.refused:
		return f.segment(buf, 1, rst|ack, 0)
	case i == 1:
		return f.segment(buf, 1, syn|ack, 0)
	case i == 2:
		return f.segment(buf, 0, ack, 0)
	case last == 3:
		return f.segment(buf, 0, fin|ack, 0)
	case last == 2:
		return f.segment(buf, 1, fin|ack, 0)
	case last == 1 || f.unacked == 2:
		f.unacked = 0
		return f.segment(buf, 1-f.sender(), ack, 0)
	}
	f.unacked++
	size := f.sizes[f.sent%len(f.sizes)]
	f.sent++
	return f.segment(buf, f.sender(), psh|ack, size)
}

// sender is the end that sends data: requests first, answers after.
func (f *flow) sender() int {
	if f.sent < 2 {
		return 0
	}
	return 1
}

// segment appends an Ethernet frame with a TCP segment sent by end from.
func (f *flow) segment(buf []byte, from, flags, size int) []byte {
	options := []byte{1, 1, 8, 10}
	if flags&syn != 0 {
		options = []byte{2, 4, 5, 0xb4, 4, 2, 8, 10}
	}
	bare := flags&rst != 0
	header := 20
	if !bare {
		header += len(options) + 8
		if flags&syn != 0 {
			header += 4 // NOP and window scale
		}
	}
	buf = f.network(buf, from, header+size)
	be := binary.BigEndian
	ports := [2]uint16{f.clientPort, f.serverPort}
	buf = be.AppendUint16(buf, ports[from])
	buf = be.AppendUint16(buf, ports[1-from])
	seq := f.seq[from]
	if bare {
		seq = 0
	}
	buf = be.AppendUint32(buf, seq)
	acked := f.seq[1-from]
	if flags&ack == 0 {
		acked = 0
	}
	buf = be.AppendUint32(buf, acked)
	buf = append(buf, byte(header/4)<<4, byte(flags))
	window := uint16(502)
	if bare {
		window = 0
	}
	buf = be.AppendUint16(buf, window)
	buf = append(buf, 0, 0, 0, 0)
	if !bare {
		buf = append(buf, options...)
		buf = be.AppendUint32(buf, f.clock)
		buf = be.AppendUint32(buf, f.clock-1)
		if flags&syn != 0 {
			buf = append(buf, 1, 3, 3, 7)
		}
	}
	for range size {
		buf = append(buf, 'x')
	}
	f.seq[from] += uint32(size)
	if flags&(syn|fin) != 0 {
		f.seq[from]++
	}
	return buf
}

// network appends Ethernet and IP headers for a payload of n bytes.
func (f *flow) network(buf []byte, from, n int) []byte {
	be := binary.BigEndian
	ends := [2][4]byte{f.client, f.server}
	for i := range 2 {
		end := ends[1-from]
		if i == 1 {
			end = ends[from]
		}
		buf = append(buf, 2, 0, end[0], end[1], end[2], end[3])
	}
	f.ipid[from]++
	if f.v6 {
		buf = be.AppendUint16(buf, 0x86dd)
		buf = append(buf, 0x60, 0, 0, 0)
		buf = be.AppendUint16(buf, uint16(n))
		buf = append(buf, 6, 64)
		for i := range 2 {
			end := ends[from^i]
			buf = append(buf, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end[0], end[1], end[2], end[3])
		}
		return buf
	}
	buf = be.AppendUint16(buf, 0x0800)
	at := len(buf)
	buf = append(buf, 0x45, 0)
	buf = be.AppendUint16(buf, uint16(20+n))
	buf = be.AppendUint16(buf, f.ipid[from])
	buf = append(buf, 0x40, 0, 64, 6, 0, 0)
	buf = append(buf, ends[from][:]...)
	buf = append(buf, ends[1-from][:]...)
	sum := uint32(0)
	for i := at; i < len(buf); i += 2 {
		sum += uint32(be.Uint16(buf[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	be.PutUint16(buf[at+10:], ^uint16(sum))
	return buf
}
