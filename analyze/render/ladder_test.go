package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tcplab/analyze/report"
)

// stepsText writes steps one to a line: what a ladder says, without its drawing.
func stepsText(steps []step) []string {
	lines := []string{}
	for _, s := range steps {
		side := "left"
		if s.right {
			side = "right"
		}
		switch s.kind {
		case bandStep:
			lines = append(lines, "band "+s.text)
		case segmentStep:
			lines = append(lines, fmt.Sprintf("%s segment %d", side, s.frame))
		case icmpStep:
			lines = append(lines, fmt.Sprintf("icmp %d", s.frame))
		default:
			lines = append(lines, side+" "+s.text)
		}
	}
	return lines
}

func TestLadderOfARun(t *testing.T) {
	r := run("closed-port")
	got := strings.Join(stepsText(ladder(r, connections(r))), "\n")
	want := `left socket(AF_INET, SOCK_STREAM, 0) = 3
band handshake
left connect(3, 127.0.0.1:8080) …
left segment 1
band refused
right segment 2
left … connect = -1 ECONNREFUSED`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The column is the role's: who connects stands left whatever the name, and who also listens, as a proxy does, stands right.
func TestColumnOfAThirdActor(t *testing.T) {
	is := clients([]report.Call{{Actor: "client2/1", Op: "send"}, {Actor: "crowd", Op: "socket"}, {Actor: "crowd", Op: "connect"},
		{Actor: "proxy", Op: "connect"}, {Actor: "proxy", Op: "listen"}, {Actor: "proxy", Op: "connect"}, {Actor: "server", Op: "connect"}, {Actor: "shell", Op: "kill"}})
	for actor, left := range map[string]bool{"client2/1": true, "crowd": true, "proxy": false, "server": false, "shell": false} {
		if is[actor] != left {
			t.Errorf("%s stands left: %v", actor, is[actor])
		}
	}
}

func TestTimeBeginsWithConnect(t *testing.T) {
	r := helloReport()
	for _, s := range ladder(r, connections(r)) {
		if s.kind == callStep && s.call.Op == "connect" && s.at != 0 && !strings.HasPrefix(s.text, "…") {
			t.Errorf("connect stands at %v", s.at)
		}
		if s.kind == callStep && s.call.Op == "listen" && s.at >= 0 {
			t.Errorf("listen, before the connect, stands at %v", s.at)
		}
	}
}

// Every call and every segment of a report is on its ladder, once.
func TestLadderIsComplete(t *testing.T) {
	for _, name := range []string{"hello", "closed-port", "two-clients"} {
		r := run(name)
		segments, begins := map[uint32]int{}, map[uint32]int{}
		for _, s := range ladder(r, connections(r)) {
			switch {
			case s.kind == segmentStep:
				segments[s.frame]++
			case s.kind == callStep && !strings.Contains(s.text, "… "+s.call.Op):
				begins[s.call.Number]++
			}
		}
		for _, c := range r.Connections {
			for _, g := range c.Segments {
				if segments[g.Frame] != 1 {
					t.Errorf("%s: segment %d is on the ladder %d times", name, g.Frame, segments[g.Frame])
				}
			}
		}
		for _, c := range r.Calls {
			if begins[c.Number] != 1 {
				t.Errorf("%s: call %d %s begins on the ladder %d times", name, c.Number, c.Op, begins[c.Number])
			}
		}
	}
}

func TestLadderWithoutATimeline(t *testing.T) {
	r := resetReport()
	r.Connections[1].ICMPFrames = []uint32{398}
	got := strings.Join(stepsText(ladder(r, connections(r)[1:2])), ", ")
	want := "band handshake, left segment 392, right segment 393, left segment 394, band data, left segment 395, left segment 396, " +
		"right segment 397, icmp 398, band reset by the server, right segment 399"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBandTitles(t *testing.T) {
	for _, row := range []struct{ outcome, kind, by, phase, want string }{
		{"SF", "four-way", "client", "teardown", "teardown: four-way, client first"},
		{"SF", "simultaneous", "both", "teardown", "teardown: simultaneous, both ends at once"},
		{"S1", "none", "", "teardown", "teardown"},
		{"REJ", "reset", "server", "reset", "refused"},
		{"RSTO", "reset", "client", "reset", "reset by the client"},
		{"SF", "four-way", "client", "data", "data"},
	} {
		c := connection(local(1), local(2), 1, 1)
		c.Outcome, c.Close = row.outcome, report.Close{Kind: row.kind, By: row.by}
		if got := bandTitle(&c, row.phase, false); got != row.want {
			t.Errorf("%+v: %s", row, got)
		}
	}
}

func TestCallThatNeverReturned(t *testing.T) {
	r := run("closed-port")
	r.Calls[1].End, r.Calls[1].Result, r.Calls[1].Errno = nil, "", ""
	r.Timeline = r.Timeline[:len(r.Timeline)-1]
	got := stepsText(ladder(r, connections(r)))
	if !strings.Contains(strings.Join(got, "\n"), "connect(3, 127.0.0.1:8080) …") {
		t.Errorf("a call without an end is not drawn as open: %q", got)
	}
}

func TestFormsOfASegment(t *testing.T) {
	g := &report.Segment{Flags: "P.", Seq: 1, Ack: 47, Len: 46, Window: 65536}
	for form, want := range map[wireForm]string{
		spelled:  "PSH,ACK  seq 1  ack 47  46 bytes  window 65536",
		named:    "PSH,ACK seq 1 ack 47 46 bytes win 65536",
		terse:    "PSH,ACK 1:47(46) ack 47 win 65536",
		lettered: "P. 1:47(46) ack 47 win 65536",
	} {
		if got := form.describe(g); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestLongRunsCountSeconds(t *testing.T) {
	l := measure([]step{{kind: segmentStep, at: 31 * time.Second}}, false, 80)
	if !l.seconds || l.clock(31*time.Second) != "31.000" {
		t.Errorf("31 s are written %s", l.clock(31*time.Second))
	}
}
