package wire

import "testing"

// TestSeqWraps compares numbers on both sides of 2³² (RFC 9293, 3.4).
func TestSeqWraps(t *testing.T) {
	for _, c := range []struct {
		s, t Seq
		less bool
		sub  int32
	}{
		{1, 2, true, -1}, {2, 1, false, 1}, {7, 7, false, 0},
		{0xffffffff, 0, true, -1}, {0, 0xffffffff, false, 1},
		{0xfffffff0, 0x10, true, -0x20}, {0x10, 0xfffffff0, false, 0x20},
		{0, 0x7fffffff, true, -0x7fffffff}, {0x7fffffff, 0, false, 0x7fffffff},
	} {
		if c.s.Less(c.t) != c.less || c.s.LessEq(c.t) != (c.less || c.s == c.t) || c.s.Sub(c.t) != c.sub {
			t.Errorf("%#x against %#x: Less %v, LessEq %v, Sub %d", c.s, c.t, c.s.Less(c.t), c.s.LessEq(c.t), c.s.Sub(c.t))
		}
		if want := map[bool]Seq{true: c.t, false: c.s}[c.less]; c.s.Max(c.t) != want {
			t.Errorf("the later of %#x and %#x is not %#x", c.s, c.t, c.s.Max(c.t))
		}
	}
}

// TestEndCountsSYNandFIN: each takes one number, also over the wrap.
func TestEndCountsSYNandFIN(t *testing.T) {
	for _, c := range []struct {
		s    Segment
		want Seq
	}{
		{Segment{Seq: 0xffffffff, Flags: SYN}, 0},
		{Segment{Seq: 0xffffffff, Flags: FIN | ACK, Len: 5}, 5},
		{Segment{Seq: 0xfffffff0, Flags: ACK, Len: 0x10}, 0},
		{Segment{Seq: 9, Flags: SYN | FIN}, 11},
	} {
		if got := c.s.End(); got != c.want {
			t.Errorf("%+v ends at %#x, want %#x", c.s, got, c.want)
		}
	}
}
