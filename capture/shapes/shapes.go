// Package shapes generates large captures for benchmarks: the same bytes on every machine, so that figures compare.
package shapes

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// Shape is one kind of traffic.
type Shape struct {
	Name  string
	Doc   string
	flows func(packets int) (n int, make func(i int) flow)
}

// All are the shapes of the benchmark, in its order.
var All = []Shape{
	{"short", "many short connections: ten packets each, 512 at a time", short},
	{"long", "few long connections: 20 transfers of full segments", long},
	{"refused", "connection attempts that are refused: SYN and RST,ACK", refused},
	{"mixed", "20,200 connections, 512 at a time, one in ten over IPv6, small and full segments", mixed},
}

// Open is traffic that leaves every connection open: handshake, request and answer. It shows what memory an open one takes.
var Open = Shape{"open", "connections that stay open: handshake, request and answer", left}

// Find returns the shape called name.
func Find(name string) (Shape, error) {
	for _, s := range append(All[:len(All):len(All)], Open) {
		if s.Name == name {
			return s, nil
		}
	}
	return Shape{}, fmt.Errorf("no shape %q", name)
}

// Connections is how many connections so many packets are of.
func (s Shape) Connections(packets int) int {
	n, build := s.flows(packets)
	f := build(0)
	each := f.steps
	if f.left > 0 {
		each = f.left
	}
	return min(n, packets/each+1)
}

// open is how many connections are under way at a time.
const open = 512

// Write writes a pcap file of at least the given number of packets. Connections take turns packet by packet, as on a
// busy link; time advances by 50 µs a packet.
func (s Shape) Write(w io.Writer, packets int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	le := binary.LittleEndian
	header := le.AppendUint32(nil, 0xa1b2c3d4)
	header = le.AppendUint16(header, 2)
	header = le.AppendUint16(header, 4)
	header = append(header, make([]byte, 8)...)
	header = le.AppendUint32(header, 262144)
	header = le.AppendUint32(header, 1) // LINKTYPE_ETHERNET
	if _, err := out.Write(header); err != nil {
		return err
	}
	n, build := s.flows(packets)
	var live []flow
	next, tick := 0, int64(0)
	buf := make([]byte, 0, 2048)
	for written := 0; written < packets; {
		for len(live) < open && next < n {
			live = append(live, build(next))
			next++
		}
		if len(live) == 0 {
			break
		}
		kept := live[:0]
		for i := range live {
			f := &live[i]
			buf = f.packet(buf[:16])
			at := 1_600_000_000_000_000 + tick*50
			le.PutUint32(buf, uint32(at/1_000_000))
			le.PutUint32(buf[4:], uint32(at%1_000_000))
			le.PutUint32(buf[8:], uint32(len(buf)-16))
			le.PutUint32(buf[12:], uint32(len(buf)-16))
			if _, err := out.Write(buf); err != nil {
				return err
			}
			written++
			tick++
			if f.step < f.steps && f.step != f.left {
				kept = append(kept, *f)
			}
		}
		live = kept
	}
	return out.Flush()
}

func short(packets int) (int, func(int) flow) {
	return packets/10 + 1, func(i int) flow { return newFlow(i, 10, false, []int{120, 900}) }
}

func left(packets int) (int, func(int) flow) {
	return packets/openPackets + 1, func(i int) flow {
		f := newFlow(i, 1<<30, false, []int{120, 120, 900})
		f.left = openPackets
		return f
	}
}

// openPackets is how many segments a connection of Open has.
const openPackets = 6

func long(int) (int, func(int) flow) {
	return 20, func(i int) flow { return newFlow(i, 1<<30, false, []int{1448}) }
}

func refused(packets int) (int, func(int) flow) {
	return packets/2 + 1, func(i int) flow {
		f := newFlow(i, 2, false, nil)
		f.refused = true
		return f
	}
}

func mixed(packets int) (int, func(int) flow) {
	n := 20_200
	each := packets/n + 1
	return n, func(i int) flow { return newFlow(i, each, i%10 == 9, []int{40, 1448, 100, 1400, 1448, 12}) }
}
