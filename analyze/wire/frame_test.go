package wire

import (
	"encoding/hex"

	"tcplab/capture"
)

// Frames as a loopback capture holds them: a data segment with timestamps, a SYN with the usual options, over both
// versions of IP.
var (
	data4 = frame(ethernet("0800"), "4500003a1c4640004006b1ad"+"7f000001"+"7f000001",
		"d431 1f90 0000000a 0000000b 8018 0200 fe2e 0000 0101080a 00000010 00000020", "68656c6c6f0a")
	syn4 = frame(ethernet("0800"), "4500003c1c4640004006b1ad"+"7f000001"+"7f000001",
		"d431 1f90 fffffffe 00000000 a002 ffd7 fe30 0000 0204ffd7 0402 080a0000001000000000 01 030307")
	data6 = frame(ethernet("86dd"), "60012345"+"0026"+"06"+"40"+loopback6+loopback6,
		"d431 1f90 0000000a 0000000b 8018 0200 fe2e 0000 0101080a 00000010 00000020", "68656c6c6f0a")
	vlan4 = frame(ethernet("8100"), "0064 0800", hex.EncodeToString(data4.Data[14:]))
)

const loopback6 = "00000000000000000000000000000001"

// ethernet returns the hex text of an Ethernet header.
func ethernet(etherType string) string { return "020000000002 020000000001 " + etherType }

// frame builds an Ethernet frame from hex text; blanks in it are ignored.
func frame(parts ...string) *capture.Frame {
	var digits []byte
	for _, part := range parts {
		for _, c := range []byte(part) {
			if c != ' ' && c != '\n' && c != '\t' {
				digits = append(digits, c)
			}
		}
	}
	data, err := hex.DecodeString(string(digits))
	if err != nil {
		panic("test frame: " + err.Error())
	}
	return &capture.Frame{Number: 7, Time: 42, Link: capture.LinkEthernet, WireLen: uint32(len(data)), Data: data}
}

// everyCut returns f as every snap length would have cut it, the whole last.
func everyCut(f *capture.Frame) []*capture.Frame {
	var cuts []*capture.Frame
	for n := range len(f.Data) + 1 {
		cut := *f
		cut.Data = f.Data[:n:n]
		cuts = append(cuts, &cut)
	}
	return cuts
}
