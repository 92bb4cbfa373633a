package pcapfile

import (
	"bytes"
	"math"
	exact "math/big"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tcplab/capture"

	"os"
)

const second = 1_000_000 // of an interface with the default resolution

func TestPcapng(t *testing.T) {
	head := join(section(le), describe(le, 1, 0))
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"enhanced packets", join(head, enhanced(le, 0, 7*second+8, 9, "abc"), enhanced(le, 0, 8*second, 4, "abcd")),
			"1 7.000008000 EN10MB/0 9 \"abc\"\n2 8.000000000 EN10MB/0 4 \"abcd\"\n"},
		{"big endian", join(section(be), describe(be, 101, 0), enhanced(be, 0, 7*second, 9, "abc")),
			"1 7.000000000 RAW/0 9 \"abc\"\n"},
		{"comments", join(head, enhanced(le, 0, 0, 1, "a", opt(le, 1, "one"), opt(le, 2, uint32(1)), opt(le, 1, "three"), opt(le, 0, "")), enhanced(le, 0, 0, 1, "b")),
			"1 0.000000000 EN10MB/0 1 \"a\" # one # three\n2 0.000000000 EN10MB/0 1 \"b\"\n"},
		{"an option that does not fit takes nothing with it", join(head, enhanced(le, 0, 0, 1, "a", opt(le, 1, "one"), uint16(1), uint16(99))),
			"1 0.000000000 EN10MB/0 1 \"a\" # one\n"},
		{"mixed link types and offsets", join(section(le), describe(le, 1, 0), describe(le, 276, 3, opt(le, 9, uint8(9)), opt(le, 14, int64(100))), enhanced(le, 1, 5, 9, "abc"), enhanced(le, 0, 5, 9, "d")),
			"1 100.000000005 LINUX_SLL2/1 9 \"abc\"\n2 0.000005000 EN10MB/0 9 \"d\"\n"},
		{"an interface in the middle", join(head, enhanced(le, 0, 1, 1, "a"), describe(le, 101, 0), enhanced(le, 1, 2, 1, "b")),
			"1 0.000001000 EN10MB/0 1 \"a\"\n2 0.000002000 RAW/1 1 \"b\"\n"},
		{"a second section in the other byte order", join(head, enhanced(le, 0, 1, 1, "a"), section(be), describe(be, 101, 0), enhanced(be, 0, 2, 1, "b")),
			"1 0.000001000 EN10MB/0 1 \"a\"\n2 0.000002000 RAW/1 1 \"b\"\n"},
		{"obsolete packet block", join(head, block(le, blockPacket, uint16(0), uint16(3), uint32(0), uint32(5), uint32(3), uint32(9), "abc\x00", opt(le, 1, "old"))),
			"1 0.000005000 EN10MB/0 9 \"abc\" # old\n"},
		{"simple packets have the time before", join(head, enhanced(le, 0, 5, 1, "a"), block(le, blockSimple, uint32(3), "abc"), block(le, blockSimple, uint32(9), "abcd")),
			"1 0.000005000 EN10MB/0 1 \"a\"\n2 0.000005000 EN10MB/0 3 \"abc\"\n3 0.000005000 EN10MB/0 9 \"abcd\"\n"},
		{"a simple packet cut by the snap length", join(section(le), describe(le, 1, 2), block(le, blockSimple, uint32(9), "abcd")),
			"1 0.000000000 EN10MB/0 9 \"ab\"\n"},
		{"blocks that hold no packet", join(head, block(le, 4, uint16(0), uint16(0)), block(le, 10, uint32(0x544c534b), uint32(0)), block(le, 5, uint32(0), uint64(0)), block(le, 0x77777777, "new"), enhanced(le, 0, 1, 1, "a")),
			"1 0.000001000 EN10MB/0 1 \"a\"\n"},
		{"custom blocks and journal entries have a number", join(head, block(le, blockCustom, uint32(32473)), block(le, blockCustomOnly, uint32(32473)), block(le, blockJournal, "__REALTIME_TIMESTAMP=1\n"), enhanced(le, 0, 1, 1, "a")),
			"4 0.000001000 EN10MB/0 1 \"a\"\n"},
		{"a length that forgets the padding", join(head, bytesOf(le, uint32(6), uint32(33), uint32(0), uint64(0), uint32(1), uint32(1), "a\x00\x00\x00", uint32(33)), enhanced(le, 0, 1, 1, "b")),
			"1 0.000000000 EN10MB/0 1 \"a\"\n2 0.000001000 EN10MB/0 1 \"b\"\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := read(t, test.data); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestPcapngDamage(t *testing.T) {
	head := join(section(le), describe(le, 1, 0), enhanced(le, 0, 1, 1, "a"))
	const first = "1 0.000001000 EN10MB/0 1 \"a\"\n"
	const at = "file: block at offset 84 (after frame 1): "
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"length below the frame of a block", join(head, bytesOf(le, uint32(6), uint32(8), uint32(8))), first + at + "length 8 is below the minimum 32\n"},
		{"length below what the block holds", join(head, block(le, 6, "abcd")), first + at + "length 16 is below the minimum 32\n"},
		{"interface block too short", join(head, block(le, 1, "abcd")), first + at + "length 16 is below the minimum 20\n"},
		{"length beyond reason", join(head, bytesOf(le, uint32(6), uint32(0xfffffff0), uint32(0))), first + at + "length 4294967280 is above the maximum 135266304\n"},
		{"lengths that differ", join(head, bytesOf(le, uint32(0x777), uint32(16), uint32(0), uint32(20))), first + at + "its length is 16 at the front and 20 at the end\n"},
		{"missing interface", join(head, enhanced(le, 3, 1, 1, "a")), first + at + "names interface 3, but the section describes 1\n"},
		{"interface of an earlier section", join(head, section(le), enhanced(le, 0, 1, 1, "a")), first + "file: block at offset 112 (after frame 1): names interface 0, but the section describes 0\n"},
		{"captured length beyond the block", join(head, block(le, 6, uint32(0), uint64(0), uint32(99), uint32(99), "abcd")), first + at + "captured length 99 is above the 4 bytes of its data\n"},
		{"simple packet without interface", join(section(le), block(le, 3, uint32(1), "a")), "file: block at offset 28: a simple packet before the section describes an interface\n"},
		{"no byte-order magic", join(head, bytesOf(le, uint32(blockSection), uint32(28), make([]byte, 20))), first + at + "the section header has no byte-order magic\n"},
		{"version 9", block(le, blockSection, uint32(sectionMagic), uint16(9), uint16(0), int64(-1)), "file: block at offset 0: pcapng version 9.0 is not known\n"},
		{"cut", head[:len(head)-1], "file: cut inside the block at offset 48: 1 of its 36 bytes are missing\n"},
		{"cut in the length", join(head, head[:6]), first + "file: cut inside the block at offset 84 (after frame 1): 6 of its 12 bytes are missing\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := read(t, test.data); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestPcapngAbout(t *testing.T) {
	data := join(section(le, opt(le, 1, "lab 3"), opt(le, 4, "tcplab")),
		describe(le, 1, 96, opt(le, 2, "eth0"), opt(le, 3, "uplink"), opt(le, 11, "\x00tcp port 80"), opt(le, 12, "Linux"), opt(le, 13, uint8(4))),
		describe(le, 101, 0),
		enhanced(le, 1, 1, 1, "a", opt(le, 4, uint64(2))),
		block(le, blockPacket, uint16(1), uint16(3), uint32(0), uint32(5), uint32(1), uint32(1), "a\x00\x00\x00"),
		block(le, blockStatistics, uint32(0), uint64(0), opt(le, 5, uint64(70)), opt(le, 7, uint64(7)), opt(le, 0, "")),
		block(le, blockSimple, uint32(1), "s"))
	r, err := New(bytes.NewReader(data), "file", int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	show(r)
	if got, want := r.Section(), (Section{Comment: "lab 3", Application: "tcplab"}); got != want {
		t.Errorf("section %+v, want %+v", got, want)
	}
	want := Interface{Name: "eth0", Description: "uplink", Filter: "tcp port 80", OS: "Linux", Link: 1, SnapLen: 96, Resolution: 6, FCS: 4, Dropped: 77}
	if got := r.Interfaces()[0]; got != want {
		t.Errorf("interface %+v, want %+v", got, want)
	}
	s := r.Stats()
	if s.KernelDropped != 77+2+3 || s.Untimed != 1 || s.Packets != 3 || s.Bytes != 3 || len(s.Links) != 2 || s.Format != "pcapng" || s.Offset != s.Size {
		t.Errorf("stats %+v", s)
	}
}

// Every value of if_tsresol, against exact arithmetic.
func TestResolutions(t *testing.T) {
	for resolution := range 256 {
		base, exponent := int64(10), int64(resolution)
		if resolution >= 0x80 {
			base, exponent = 2, int64(resolution-0x80)
		}
		second := new(exact.Int).Exp(exact.NewInt(base), exact.NewInt(exponent), nil)
		for _, units := range []uint64{0, 1, 999, 1 << 20, 1700000000123456789, 1 << 63, math.MaxUint64} {
			for _, offset := range []int64{0, 3600, -3600, math.MaxInt64, math.MinInt64} {
				want := new(exact.Int).Mul(new(exact.Int).SetUint64(units), exact.NewInt(1e9))
				want.Quo(want, second)
				if !want.IsInt64() {
					want.SetInt64(math.MaxInt64)
				}
				want.Add(want, exact.NewInt(saturate(offset)))
				if !want.IsInt64() {
					want.SetInt64(math.MaxInt64)
				}
				c := newClock(uint8(resolution), offset)
				if got := c.stamp(units); int64(got) != want.Int64() {
					t.Errorf("resolution %#x, %d units, offset %d: got %d, want %d", resolution, units, offset, got, want)
				}
			}
		}
	}
}

// The resolutions that occur, against tshark.
func TestResolutionsOfTshark(t *testing.T) {
	data := section(le)
	var count int
	for _, resolution := range []uint8{0, 1, 3, 6, 9, 12, 15, 0x80, 0x81, 0x8a, 0x94, 0x9e} {
		data = join(data, describe(le, 1, 0, opt(le, 9, resolution)), describe(le, 1, 0, opt(le, 9, resolution), opt(le, 14, int64(1_000_000))))
		data = join(data, enhanced(le, uint32(count), 1_000_000_007, 60, "abc"), enhanced(le, uint32(count+1), 1_000_000_007, 60, "abc"))
		count += 2
	}
	file := filepath.Join(t.TempDir(), "resolutions.pcapng")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ours(t, file)
	if want := tsharkFrames(t, file); !same(got, want) {
		t.Errorf("%v\n  ours %q\ntshark %q", err, got, want)
	}
}

// Blocks that are no packets take a frame number where Wireshark gives them one.
func TestNumbersOfTshark(t *testing.T) {
	head := join(section(le), describe(le, 1, 0))
	for _, kind := range []uint32{4, 5, 7, 8, blockJournal, 10, blockSysdig, 0x208, blockSysdig2, blockSysdig2Big, 0x10001, blockCustom, blockCustomOnly, 0x77777777} {
		body := map[uint32]any{
			4: uint32(0), 5: bytesOf(le, uint32(0), uint64(0)), blockJournal: "__REALTIME_TIMESTAMP=1\n",
			10: bytesOf(le, uint32(0x544c534b), uint32(0)), blockCustom: bytesOf(le, uint32(32473), "abcd"), blockCustomOnly: bytesOf(le, uint32(32473), "abcd"),
			blockSysdig: make([]byte, 40), 0x208: make([]byte, 40), blockSysdig2: make([]byte, 40), blockSysdig2Big: make([]byte, 40),
		}[kind]
		if body == nil {
			body = "abcd"
		}
		file := filepath.Join(t.TempDir(), "file.pcapng")
		if err := os.WriteFile(file, join(head, block(le, kind, body), enhanced(le, 0, 1, 60, "abc")), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command(tool(t, "tshark"), "-n", "-r", file, "-Y", "frame.len == 60", "-T", "fields", "-e", "frame.number").Output()
		r, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		var f capture.Frame
		err = r.Next(&f)
		r.Close()
		if want := strings.TrimSpace(string(out)); err != nil || want == "" || string(rune('0'+f.Number)) != want {
			t.Errorf("block type %#x: the packet behind it is %d (%v), tshark says %q", kind, f.Number, err, want)
		}
	}
}
