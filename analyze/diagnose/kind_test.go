package diagnose

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// refusedConversation is a SYN and its refusal.
func refusedConversation() *flow.Conversation {
	c := &flow.Conversation{ID: 7, ClientPort: 40000, ServerPort: 80, FirstFrame: 11, LastFrame: 14, Frames: 2, First: 1000, Last: 5000, Until: 9000}
	c.Client, c.Server = address(private4, 1, 5), address(public4, 1, 9)
	rst := flow.Reset{Frame: 14, Time: 5000, Dir: flow.ToClient, Flags: wire.RST | wire.ACK, AckRaw: 778, TTL: 60, IPID: 4, AnswersSYN: true, AnswersFrame: 11}
	c.Reset, c.Resets = &rst, []flow.Reset{rst}
	c.Half[0].SYN = flow.SYNInfo{Seen: true, Frame: 11, Time: 1000, ISN: 777, TTL: 64, IPID: 9, TSVal: 123}
	c.Rows = []flow.Row{{Frame: 11, Time: 1000, SeqRaw: 777, IPID: 9, TSVal: 123, Flags: wire.SYN}, {Frame: 14, Time: 5000, AckRaw: 778, IPID: 4, Dir: flow.ToClient, Flags: wire.RST | wire.ACK}}
	c.Handshake = flow.Handshake{SYN: 11, Kind: "partial"}
	c.Close = flow.Close{Kind: "reset", By: "server", Frames: []uint32{14}}
	return c
}

// A field of a conversation that a kind passes over must be one that is free: rules would see it of the real attempt and
// not of the samples.
func TestKindPassesOverNothing(t *testing.T) {
	free := []string{"ID", "Client", "Server", "ClientPort", "FirstFrame", "LastFrame", "First", "Last", "Until", "GapAt", "first", "closing"}
	var plain kind
	if !plain.of(refusedConversation()) {
		t.Fatal("a refusal is no bare attempt")
	}
	for i, fields := 0, reflect.TypeFor[flow.Conversation](); i < fields.NumField(); i++ {
		name := fields.Field(i).Name
		if slices.Contains(free, name) {
			continue
		}
		c := refusedConversation()
		disturb(t, name, reflect.ValueOf(c).Elem().Field(i))
		var k kind
		if k.of(c) && k == plain {
			t.Errorf("another %s is no other kind", name)
		}
	}
}

// disturb changes a value.
func disturb(t *testing.T, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	case reflect.Pointer:
		v.SetZero()
	case reflect.Array:
		disturb(t, name, v.Index(0))
	case reflect.Struct:
		disturb(t, name, v.Field(0))
	default:
		t.Fatalf("%s: what changes a %v?", name, v.Kind())
	}
}

// What is free makes no other kind.
func TestNamesAndMomentsMakeNoKind(t *testing.T) {
	a, b := refusedConversation(), refusedConversation()
	b.ID, b.ClientPort, b.Client, b.Server = 8, 50000, address(private4, 2, 7), address(public4, 2, 11)
	b.FirstFrame, b.LastFrame, b.First, b.Last, b.Until = 21, 22, 2000, 6050, 10_000
	b.Half[0].SYN.Frame, b.Half[0].SYN.Time, b.Half[0].SYN.ISN, b.Half[0].SYN.IPID, b.Half[0].SYN.TSVal = 21, 2000, 888, 19, 456
	b.Rows[0].Frame, b.Rows[0].Time, b.Rows[0].SeqRaw, b.Rows[0].IPID, b.Rows[0].TSVal = 21, 2000, 888, 19, 456
	b.Rows[1].Frame, b.Rows[1].Time, b.Rows[1].AckRaw, b.Rows[1].IPID = 22, 6050, 889, 5
	b.Reset.Frame, b.Reset.Time, b.Reset.AckRaw, b.Reset.IPID, b.Reset.AnswersFrame = 22, 6050, 889, 5, 21
	b.Resets[0], b.Handshake.SYN, b.Close.Frames[0] = *b.Reset, 21, 22
	var first, second kind
	if !first.of(a) || !second.of(b) || first != second {
		t.Errorf("two kinds:\n%+v\n%+v", first, second)
	}
}

func TestMagnitudesHaveEnds(t *testing.T) {
	for _, d := range []time.Duration{0, 1, 3, 4, 15, 16, time.Microsecond, 150 * time.Millisecond, time.Second, 127 * time.Second, 25 * time.Hour} {
		m := magnitude(d)
		if d < shortest(m) || d > longest(m) || magnitude(shortest(m)) != m || magnitude(longest(m)) != m || magnitude(longest(m)+1) != m+1 {
			t.Errorf("%v has magnitude %d, from %v to %v", d, m, shortest(m), longest(m))
		}
	}
}

// What is cut into words and holes is whole again with the values it was cut by.
func TestCutTextIsFilledAgain(t *testing.T) {
	var k kind
	if !k.of(refusedConversation()) {
		t.Fatal("a refusal is no bare attempt")
	}
	s := sampleOf(&k, 1)
	words := "from " + s.holes[clientAddr] + ":" + s.holes[clientPort] + " to " + s.holes[serverAddr] + " (segment " + s.holes[firstFrame] + " and " + s.holes[secondFrame] + ")"
	cut := s.cut(words)
	if len(cut.holes) != 5 {
		t.Errorf("%d holes in %q", len(cut.holes), words)
	}
	p := page{client: s.conv.Client.String(), server: s.conv.Server.String()}
	if got := p.fill(&cut, &s.conv); got != words {
		t.Errorf("%q, want %q", got, words)
	}
}
