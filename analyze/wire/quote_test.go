package wire

import "testing"

// A quote of 8 bytes is what RFC 792 asks for; hosts that follow RFC 1812 quote the whole header.
func TestQuotedHeader(t *testing.T) {
	const (
		outer = "4500 0000 0000 0000 40 01 0000 0a000063 0a000001" + "03 0d 0000 00000000"
		inner = "4500 0028 0000 4000 40 06 0000 0a000001 0a000002"
		tcp   = "d431 1f90 000003e8 00000000 7002 ffd7 0000 0000 030307 01 0402 0101"
	)
	for _, c := range []struct {
		quoted    int
		header    uint8
		window    uint16
		hasOption bool
	}{
		{8, 0, 0, false},
		{14, 28, 0, false},
		{16, 28, 0xffd7, false},
		{20, 28, 0xffd7, false},
		{28, 28, 0xffd7, true},
	} {
		f := frame(ethernet("0800"), outer, inner, tcp)
		f.Data = f.Data[:14+28+20+c.quoted]
		f.Data[14+3] = byte(28 + 20 + c.quoted)
		f.Data[14+28+3] = 48
		f.WireLen = uint32(len(f.Data))
		var p Packet
		if kind := Decode(f, &p); kind != ICMPError {
			t.Fatalf("%d bytes quoted: kind %d", c.quoted, kind)
		}
		e := &p.ICMP
		has := e.Options.Has == HasWindowScale|HasSACKPermitted && e.Options.WindowScale == 7
		if int(e.QuotedTCP) != c.quoted || e.HeaderLen != c.header || e.Window != c.window || has != c.hasOption || e.Options.Raw != nil {
			t.Errorf("%d bytes quoted: %d of %d, window %d, options %v", c.quoted, e.QuotedTCP, e.HeaderLen, e.Window, e.Options)
		}
	}
}
