package wire

import (
	"encoding/hex"
	"strings"
	"testing"
)

// unhex returns the bytes of hex text with blanks in it.
func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		raw, text string
		has       OptionSet
	}{
		{"", "", 0},
		{"0204ffd7 0402 080a0000000100000000 01 030307", "mss 65495,sackOK,TS val 1 ecr 0,nop,wscale 7",
			HasMSS | HasSACKPermitted | HasTimestamps | HasWindowScale},
		{"0101080a 00000010 00000020", "nop,nop,TS val 16 ecr 32", HasTimestamps},
		{"0101 050a 00000001 00000003", "nop,nop,sack 1 {1:3}", HasSACK},
		{"0101 0512 00000001 00000003 fffffff0 00000002", "nop,nop,sack 2 {1:3}{4294967280:2}", HasSACK},
		{"0502 0101", "sack,nop,nop", HasSACK}, // no block at all
		{"0506 00000001", "sack 0x00000001", HasUnknownOption},
		{"0203ff 00", "mss 0xff,eol", HasUnknownOption},
		{"2202 0101", "tfo cookiereq,nop,nop", HasFastOpen},
		{"2206 deadbeef 0101", "tfo cookie deadbeef,nop,nop", HasFastOpen},
		{"fe04 f989", "exp-tfo cookiereq", HasFastOpen},
		{"fe04 1234", "exp-254 0x1234", HasUnknownOption},
		{"fe02 0101", "exp-254,nop,nop", HasUnknownOption},
		{"1e04 0081", "mptcp 4 capable csum v0", HasMPTCP},
		{"1e04 f000", "mptcp 4 subtype 15 0xf000", HasMPTCP},
		{"1e0c 1107 01020304 05060708", "mptcp 12 join backup id 7 token 0x01020304 nonce 0x05060708", HasMPTCP},
		{"1e10 1007 0102030405060708 090a0b0c", "mptcp 16 join id 7 hmac 0x0102030405060708 nonce 0x090a0b0c", HasMPTCP},
		{"1e18 1000 0102030405060708090a0b0c0d0e0f1011121314",
			"mptcp 24 join hmac 0x0102030405060708090a0b0c0d0e0f1011121314", HasMPTCP},
		{"1e14 2005 00000009 0000000a 00000001 0010 abcd",
			"mptcp 20 dss ack 9 seq 10 subseq 1 len 16 csum 0xabcd", HasMPTCP},
		{"1e06 2003 0000", "mptcp 6 dss 0x20030000", HasMPTCP}, // the acknowledgement is not all there
		{"1e0a 3101 0a000201 1f90", "mptcp 10 add-addr v1-echo id 1 10.0.2.1:8080", HasMPTCP},
		{"1e08 3401 0a000201", "mptcp 8 add-addr 0x34010a000201", HasMPTCP}, // version 0
		{"1e05 400102", "mptcp 5 rem-addr 0x400102", HasMPTCP},
		{"1312 00112233445566778899aabbccddeeff 0101", "md5 0x00112233445566778899aabbccddeeff,nop,nop", HasMD5},
		{"1d08 0102 aabbccdd", "tcp-ao keyid 1 rnextkeyid 2 mac 0xaabbccdd", HasAO},
		{"1c04 8005", "uto 5 min", HasUserTimeout},
		{"1c04 0005", "uto 5 s", HasUserTimeout},
		{"0606 00000009 0706 0000000a", "echo 9,echoreply 10", HasUnknownOption},
		{"0b06 00000009", "cc 9", HasUnknownOption},
		{"ac05 000001", "acc-ecn0 0x000001", HasUnknownOption},
		{"6304 0102", "unknown-99 0x0102", HasUnknownOption},
		// An end of options hides what follows it.
		{"01 00 0204ffd7", "nop,eol", 0},
		// The malformations: length 0, length 1, beyond the header, no length byte at all.
		{"0200", "mss [bad length 0]", BadOption},
		{"0101 0801", "nop,nop,TS [bad length 1]", BadOption},
		{"0402 080a 0000", "sackOK,TS [cut short]", HasSACKPermitted | BadOption},
		{"010101 02", "nop,nop,nop,mss [cut short]", BadOption},
	} {
		raw := unhex(t, c.raw)
		var o Options
		o.parse(raw, 0)
		if o.Has != c.has {
			t.Errorf("%s: Has %b, want %b", c.raw, o.Has, c.has)
		}
		if got := string(AppendOptions([]byte("x"), raw)); got != "x"+c.text {
			t.Errorf("%s: %q, want %q", c.raw, got[1:], c.text)
		}
	}
}

func TestOptionValues(t *testing.T) {
	var o Options
	o.parse(unhex(t, "020405b4 03030e 080a 01020304 05060708 050a 00000001 00000003 0101"), 0)
	if o.MSS != 1460 || o.WindowScale != 14 || o.TSVal != 0x01020304 || o.TSEcr != 0x05060708 {
		t.Errorf("%+v", o)
	}
	if o.NumSACK != 1 || o.SACK[0] != (Block{1, 3}) {
		t.Errorf("SACK %d %v", o.NumSACK, o.SACK)
	}
	o.parse(nil, 0)
	if o.Has != 0 || o.MSS != 0 || o.NumSACK != 0 || o.TSVal != 0 {
		t.Errorf("values of the last header stayed: %+v", o)
	}
}

// TestDSACK covers both forms of RFC 2883, 4, and both sides of the wrap.
func TestDSACK(t *testing.T) {
	for _, c := range []struct {
		name   string
		ack    Seq
		blocks []Block
		want   bool
	}{
		{"no block", 10, nil, false},
		{"above the acknowledgement", 10, []Block{{20, 30}}, false},
		{"below it", 10, []Block{{5, 10}}, true},
		{"below it across the wrap", 2, []Block{{0xfffffff0, 2}}, true},
		{"above it across the wrap", 0xfffffff0, []Block{{0xfffffff8, 2}}, false},
		{"within the second block", 10, []Block{{25, 30}, {20, 40}}, true},
		{"beside the second block", 10, []Block{{50, 60}, {20, 40}}, false},
		{"over the end of the second block", 10, []Block{{30, 50}, {20, 40}}, false},
	} {
		if b, got := DSACK(c.ack, c.blocks); got != c.want || got && b != c.blocks[0] {
			t.Errorf("%s: %v %v", c.name, b, got)
		}
	}
}
