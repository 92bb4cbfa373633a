package timeline

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
)

const us = capture.Stamp(1000)

// exchange is a hello between 10.0.0.1:40000 and 10.0.0.2:80: handshake in frames 1 to 3, ten bytes in frame 4.
func exchange() *flow.Conversation {
	addr := func(last byte) wire.Addr { return wire.Addr{10: 0xff, 11: 0xff, 12: 10, 15: last} }
	c := &flow.Conversation{Client: addr(1), Server: addr(2), ClientPort: 40000, ServerPort: 80, First: 10 * us}
	c.Handshake = flow.Handshake{SYN: 1, SYNACK: 2, ACK: 3}
	c.Rows = []flow.Row{
		{Frame: 1, Time: 10 * us, Dir: flow.ToServer, Flags: wire.SYN},
		{Frame: 2, Time: 20 * us, Dir: flow.ToClient, Flags: wire.SYN | wire.ACK, Ack: 1},
		{Frame: 3, Time: 30 * us, Dir: flow.ToServer, Flags: wire.ACK, Seq: 1, Ack: 1},
		{Frame: 4, Time: 50 * us, Dir: flow.ToServer, Flags: wire.ACK | wire.PSH, Seq: 1, Ack: 1, Len: 10},
	}
	return c
}

const clientEnd, serverEnd = "10.0.0.1:40000", "10.0.0.2:80"

func order(t *Timeline) string {
	var words []string
	for _, e := range t.Events {
		word := fmt.Sprintf("%s%d", map[Kind]string{CallBegin: "+", CallEnd: "-", FrameSeen: "#"}[e.Kind], e.Number)
		if e.Adjusted {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestMerge(t *testing.T) {
	connect := calls.Call{Number: 1, Actor: "client", Op: "connect", Local: clientEnd, Remote: serverEnd, Begin: 5 * us, End: 35 * us}
	send := calls.Call{Number: 2, Actor: "client", Op: "send", Local: clientEnd, Remote: serverEnd, Begin: 45 * us, End: 60 * us, N: 10}
	recv := calls.Call{Number: 3, Actor: "server", Op: "recv", Local: serverEnd, Remote: clientEnd, Begin: 40 * us, End: 70 * us, N: 10}
	for _, tt := range []struct {
		name   string
		adjust func(connect, send, recv *calls.Call)
		want   string
		broken int
	}{
		{"the stamps agree with causality", func(_, _, _ *calls.Call) {}, "+1 #1 #2 #3 -1 +3 +2 #4 -2 -3", 0},
		{"connect returns before its SYN-ACK by the clock: repaired", func(c, _, _ *calls.Call) { c.End = 15 * us },
			"+1 #1 #2 -1! #3 +3 +2 #4 -2 -3", 0},
		{"recv returns before its bytes were seen: repaired", func(_, _, r *calls.Call) { r.End = 48 * us },
			"+1 #1 #2 #3 -1 +3 +2 #4 -3! -2", 0},
		{"a send begins after its segment by more than the tolerance: left, and said", func(_, s, _ *calls.Call) {
			s.Begin, s.End = 5000*us, 5001*us
		}, "+1 #1 #2 #3 -1 +3 #4 -3 +2 -2", 1},
		{"a call that never returned has no end", func(_, _, r *calls.Call) { r.End, r.N = 0, 0 }, "+1 #1 #2 #3 -1 +3 +2 #4 -2", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s, r := connect, send, recv
			tt.adjust(&c, &s, &r)
			tl := Merge([]calls.Call{c, s, r}, []*flow.Conversation{exchange()})
			if got := order(tl); got != tt.want {
				t.Errorf("order %s, want %s", got, tt.want)
			}
			if len(tl.Broken) != tt.broken {
				t.Errorf("broken %v, want %d", tl.Broken, tt.broken)
			}
		})
	}
}

func TestCauses(t *testing.T) {
	c := exchange()
	list := []calls.Call{
		{Number: 1, Actor: "client", Op: "connect", Local: clientEnd, Remote: serverEnd, Begin: 5 * us, End: 35 * us},
		{Number: 2, Actor: "server", Op: "accept", Local: serverEnd, Remote: clientEnd, Begin: 1 * us, End: 36 * us, N: 4},
		{Number: 3, Actor: "client", Op: "send", Local: clientEnd, Remote: serverEnd, Begin: 45 * us, End: 60 * us, N: 10},
		{Number: 4, Actor: "server", Op: "connect", Args: "4, {AF_UNSPEC}, 16", Local: serverEnd, Remote: clientEnd, Begin: 90 * us, End: 91 * us},
	}
	tl := Merge(list, []*flow.Conversation{c})
	for call, want := range map[uint32][]uint32{1: {1, 3}, 2: nil, 3: {4}, 4: nil} {
		if got := tl.Causes[call]; !slices.Equal(got, want) {
			t.Errorf("call %d causes frames %v, want %v", call, got, want)
		}
	}
}

func TestRefusedConnectIsFoundByItsTime(t *testing.T) {
	c := exchange()
	c.Handshake = flow.Handshake{SYN: 1}
	c.Rows = c.Rows[:2]
	c.Rows[1].Flags = wire.RST | wire.ACK
	c.Reset = &flow.Reset{Frame: 2, Time: 20 * us, Dir: flow.ToClient, AnswersSYN: true}
	call := calls.Call{Number: 1, Actor: "client", Op: "connect", Remote: serverEnd, Begin: 5 * us, End: 18 * us, N: -1,
		Errno: syscall.ECONNREFUSED}
	tl := Merge([]calls.Call{call}, []*flow.Conversation{c})
	if got, want := order(tl), "+1 #1 #2 -1!"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestEachSourceKeepsItsOrder(t *testing.T) {
	// Every call of the client carries the same stamps: only its numbers order them.
	var list []calls.Call
	for i := range 5 {
		list = append(list, calls.Call{Number: uint32(i + 1), Actor: "client", Op: "socket", Begin: 7 * us, End: 7 * us})
	}
	if got, want := strings.ReplaceAll(order(Merge(list, nil)), "!", ""), "+1 -1 +2 -2 +3 -3 +4 -4 +5 -5"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}
