package pcapfile

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func TestPcap(t *testing.T) {
	old := func(minor uint16, network uint32) []byte {
		return bytesOf(be, uint32(magicMicro), uint16(2), minor, uint32(0), uint32(0), uint32(100), network)
	}
	const usual = "1 7.000008000 EN10MB/0 9 \"abc\"\n2 8.000009000 EN10MB/0 1 \"d\"\n"
	two := func(o binary.ByteOrder, tail string) []byte {
		return join(pcapRecord(o, 7, 8, 3, 9, tail, "abc"), pcapRecord(o, 8, 9, 1, 1, tail, "d"))
	}
	linux := func(o binary.ByteOrder, more string) string {
		return string(bytesOf(o, uint32(2), uint16(0x800), uint8(4), uint8(0), more))
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"microseconds, little endian", join(pcapHead(le, magicMicro, 65535, 1), two(le, "")), usual},
		{"microseconds, big endian", join(pcapHead(be, magicMicro, 65535, 1), two(be, "")), usual},
		{"nanoseconds", join(pcapHead(le, magicNano, 65535, 1), two(le, "")), "1 7.000000008 EN10MB/0 9 \"abc\"\n2 8.000000009 EN10MB/0 1 \"d\"\n"},
		{"nanoseconds, big endian", join(pcapHead(be, magicNano, 65535, 1), two(be, "")), "1 7.000000008 EN10MB/0 9 \"abc\"\n2 8.000000009 EN10MB/0 1 \"d\"\n"},
		{"Ixia, nanoseconds", join(pcapHead(be, magicIxiaNano, 65535, 1), []byte{0, 0, 0, 38}, two(be, "")), "1 7.000000008 EN10MB/0 9 \"abc\"\n2 8.000000009 EN10MB/0 1 \"d\"\n"},
		{"Ixia, microseconds", join(pcapHead(le, magicIxia, 65535, 1), []byte{38, 0, 0, 0}, two(le, "")), usual},
		{"snap length 0", join(pcapHead(le, magicMicro, 0, 1), two(le, "")), usual},
		{"snap length 0xffffffff", join(pcapHead(le, magicMicro, 0xffffffff, 1), two(le, "")), usual},
		{"captured length above the snap length", join(pcapHead(le, magicMicro, 2, 1), two(le, "")), usual},
		{"captured length above the wire length", join(pcapHead(le, magicMicro, 0, 101), pcapRecord(le, 1, 0, 3, 2, "", "abc")), "1 1.000000000 RAW/0 2 \"abc\"\n"},
		{"link type above 255", join(pcapHead(le, magicMicro, 0, 276), pcapRecord(le, 1, 0, 3, 3, "", "abc")), "1 1.000000000 LINUX_SLL2/0 3 \"abc\"\n"},
		{"FCS bits in the link type", join(pcapHead(le, magicMicro, 0, 1|1<<26|2<<28), pcapRecord(le, 1, 0, 3, 3, "", "abc")), "1 1.000000000 EN10MB/0 3 \"abc\"\n"},
		{"seconds beyond 2038", join(pcapHead(le, magicMicro, 0, 1), pcapRecord(le, 0xffffffff, 999999, 3, 3, "", "abc")), "1 4294967295.999999000 EN10MB/0 3 \"abc\"\n"},
		{"version 2.2: wire length first", join(old(2, 1), pcapRecord(be, 1, 0, 9, 3, "", "abc")), "1 1.000000000 EN10MB/0 9 \"abc\"\n"},
		{"version 2.3: either first", join(old(3, 1), pcapRecord(be, 1, 0, 9, 3, "", "abc"), pcapRecord(be, 2, 0, 1, 9, "", "d")), "1 1.000000000 EN10MB/0 9 \"abc\"\n2 2.000000000 EN10MB/0 9 \"d\"\n"},
		{"AIX", join(old(2, 6), pcapRecord(be, 1, 5, 9, 3, "", "abc")), "1 1.000000005 EN10MB/0 9 \"abc\"\n"},
		{"Red Hat 6.1: longer headers, usual magic", join(pcapHead(le, magicMicro, 96, 1), two(le, linux(le, ""))), usual},
		{"Kuznetzov, 24 bytes", join(pcapHead(be, magicPatched, 96, 1), two(be, linux(be, ""))), usual},
		{"Kuznetzov, 28 bytes", join(pcapHead(le, magicPatched, 96, 1), two(le, linux(le, "\x00xyz"))), usual},
		{"Nokia", join(pcapHead(be, magicMicro, 96, 1), two(be, "\x9f\xbf\xb6\x01")), usual},
		{"an invalid fraction does not make another variant", join(pcapHead(le, magicMicro, 96, 1), pcapRecord(le, 1, 1e9, 3, 3, "", "abc")), "1 1.000000000 EN10MB/0 3 \"abc\"\n"},
		{"no packets", pcapHead(le, magicMicro, 96, 1), ""},
		{"an empty packet", join(pcapHead(le, magicMicro, 96, 1), pcapRecord(le, 1, 0, 0, 60, "", "")), "1 1.000000000 EN10MB/0 60 \"\"\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := read(t, test.data); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestPcapDamage(t *testing.T) {
	head := pcapHead(le, magicMicro, 65535, 1)
	one := pcapRecord(le, 1, 2, 3, 3, "", "abc")
	const first = "1 1.000002000 EN10MB/0 3 \"abc\"\n"
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"version 1", bytesOf(le, uint32(magicMicro), uint16(1), uint16(4), make([]byte, 16)), "file: file header at offset 0: pcap version 1.4 is older than 2.0\n"},
		{"length beyond reason", join(head, one, pcapRecord(le, 1, 0, 0xfffffff0, 1, "", "abc")), first + "file: record at offset 43 (after frame 1): captured length 4294967280 is above the maximum 134217728\n"},
		{"cut in the data", join(head, one, one[:17]), first + "file: cut inside the record at offset 43 (after frame 1): 2 of its 19 bytes are missing\n"},
		{"cut behind a record header", join(head, one[:16]), "file: cut inside the record at offset 24: 3 of its 19 bytes are missing\n"},
		{"cut in a record header", join(head, one, one[:5]), first + "file: cut inside the record at offset 43 (after frame 1): 11 of its 16 bytes are missing\n"},
		{"cut in the file header", head[:10], "file: cut inside the file header at offset 0: 14 of its 24 bytes are missing\n"},
		{"cut in the magic", head[:3], "file: cut inside the file header at offset 0: 1 of its 4 bytes are missing\n"},
		{"nothing", nil, "file: this is an empty file, not a pcap or pcapng capture\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := read(t, test.data); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestPcapInterface(t *testing.T) {
	data := pcapHead(be, magicMicro, 96, 1|1<<26|2<<28)
	r, err := New(bytes.NewReader(data), "file", int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	want := Interface{Link: 1, SnapLen: 96, FCS: 4}
	if got := r.Interfaces(); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
