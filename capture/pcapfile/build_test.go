package pcapfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"tcplab/capture"
)

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

// bytesOf appends fields in byte order o: numbers in their width, text and bytes as they are.
func bytesOf(o binary.ByteOrder, fields ...any) []byte {
	var b bytes.Buffer
	for _, field := range fields {
		switch v := field.(type) {
		case string:
			b.WriteString(v)
		case []byte:
			b.Write(v)
		default:
			if err := binary.Write(&b, o, v); err != nil {
				panic(err)
			}
		}
	}
	return b.Bytes()
}

// pcapHead is a pcap file header of version 2.4.
func pcapHead(o binary.ByteOrder, magic, snapLen, network uint32) []byte {
	return bytesOf(o, magic, uint16(2), uint16(4), uint32(0), uint32(0), snapLen, network)
}

// pcapRecord is a record with the usual header and more bytes behind it.
func pcapRecord(o binary.ByteOrder, sec, fraction, size, wire uint32, tail, data string) []byte {
	return bytesOf(o, sec, fraction, size, wire, tail, data)
}

// block is a pcapng block with padding and both lengths.
func block(o binary.ByteOrder, kind uint32, fields ...any) []byte {
	body := bytesOf(o, fields...)
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	size := uint32(len(body) + 12)
	return bytesOf(o, kind, size, body, size)
}

func section(o binary.ByteOrder, options ...any) []byte {
	return block(o, blockSection, uint32(sectionMagic), uint16(1), uint16(0), int64(-1), bytesOf(o, options...))
}

func describe(o binary.ByteOrder, link uint16, snapLen uint32, options ...any) []byte {
	return block(o, blockInterface, link, uint16(0), snapLen, bytesOf(o, options...))
}

// opt is a pcapng option with its padding.
func opt(o binary.ByteOrder, code uint16, value any) []byte {
	v := bytesOf(o, value)
	b := bytesOf(o, code, uint16(len(v)), v)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// enhanced is an enhanced packet block.
func enhanced(o binary.ByteOrder, iface uint32, time uint64, wire uint32, data string, options ...any) []byte {
	padded := data + strings.Repeat("\x00", -len(data)&3)
	return block(o, blockEnhanced, iface, uint32(time>>32), uint32(time), uint32(len(data)), wire, padded, bytesOf(o, options...))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// show prints what a source yields, a line a frame, and the error that ends it.
func show(src capture.Source) string {
	var b strings.Builder
	for f := (capture.Frame{}); ; {
		err := src.Next(&f)
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			fmt.Fprintf(&b, "%v\n", err)
			return b.String()
		}
		fmt.Fprintf(&b, "%d %d.%09d %v/%d %d %q", f.Number, f.Time/1e9, f.Time%1e9, f.Link, f.Iface, f.WireLen, f.Data)
		for _, c := range f.Comments {
			fmt.Fprintf(&b, " # %s", c)
		}
		b.WriteByte('\n')
	}
}

// read shows what is in data.
func read(t testing.TB, data []byte) string {
	t.Helper()
	r, err := New(bytes.NewReader(data), "file", int64(len(data)))
	if err != nil {
		return err.Error() + "\n"
	}
	defer r.Close()
	return show(r)
}
