package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/report"
)

// runs is how often a scenario is repeated to show that nothing about it is luck.
func runs() int {
	switch {
	case testing.Short():
		return 10
	case os.Getenv("CI") == "true":
		return 200
	}
	return 50
}

// trace runs a scenario on lo in this process and returns its report.
func trace(t testing.TB, args ...string) *report.Report {
	t.Helper()
	args = append([]string{"trace"}, append(args, "--iface", "lo", "--port", "0", "--format", "json", "--segments")...)
	status, out, errs := invoke(t, args...)
	if status != 0 || errs != "" {
		t.Fatalf("tcplab %s: status %d, %s", strings.Join(args, " "), status, errs)
	}
	return parseReport(t, out)
}

func parseReport(t testing.TB, text string) *report.Report {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	r := new(report.Report)
	if err := dec.Decode(r); err != nil {
		t.Fatalf("not a report: %v\n%s", err, text)
	}
	return r
}

// only returns the one connection of a report.
func only(t testing.TB, r *report.Report) report.Connection {
	t.Helper()
	if len(r.Connections) != 1 {
		t.Fatalf("%d connections, want 1", len(r.Connections))
	}
	return r.Connections[0]
}

// The hello exchange is complete and right every time: handshake, both messages, teardown, nothing lost in between.
func TestHelloIsAlwaysComplete(t *testing.T) {
	needs(t, "capture")
	for i := range runs() {
		r := trace(t, "hello")
		c := only(t, r)
		if c.Outcome != "SF" || c.Handshake == nil || c.Handshake.Kind != "normal" || c.Handshake.RTT <= 0 {
			t.Errorf("run %d: outcome %s, handshake %+v", i, c.Outcome, c.Handshake)
		}
		if !slices.Contains([]string{"four-way", "three-way", "simultaneous"}, c.Close.Kind) || c.Close.TimeWait == "" {
			t.Errorf("run %d: close %+v", i, c.Close)
		}
		up, down := sent(r, "client"), sent(r, "server")
		if up == 0 || down == 0 || c.ClientToServer.UniqueBytes != up || c.ServerToClient.UniqueBytes != down {
			t.Errorf("run %d: captured %d and %d bytes, the ends sent %d and %d", i,
				c.ClientToServer.UniqueBytes, c.ServerToClient.UniqueBytes, up, down)
		}
		if len(c.Findings)+len(r.Findings)+len(r.Warnings) > 0 {
			t.Errorf("run %d: findings %+v %+v, warnings %q", i, c.Findings, r.Findings, r.Warnings)
		}
		checkSegments(t, c)
		if t.Failed() {
			return
		}
	}
}

// sent adds up what an actor's sends returned.
func sent(r *report.Report, actor string) (total uint64) {
	for _, c := range r.Calls {
		var n uint64
		if c.Actor == actor && c.Op == "send" && c.Errno == "" {
			fmt.Sscan(c.Result, &n)
			total += n
		}
	}
	return total
}

// checkSegments checks what holds for every clean exchange: order, phases that never go back, a SYN first, and the last
// states.
func checkSegments(t *testing.T, c report.Connection) {
	t.Helper()
	if len(c.Segments) != int(c.Frames) || c.Segments[0].Flags != "S" || c.Segments[1].Flags != "S." || c.Segments[2].Flags != "." {
		t.Fatalf("%d segments of %d frames, or no handshake first", len(c.Segments), c.Frames)
	}
	order := []string{"handshake", "data", "teardown"}
	for i, s := range c.Segments[1:] {
		if s.Frame <= c.Segments[i].Frame || slices.Index(order, s.Phase) < slices.Index(order, c.Segments[i].Phase) {
			t.Errorf("segment %+v after %+v", s, c.Segments[i])
		}
	}
	last := c.Segments[len(c.Segments)-1].State
	if last != c.State || !slices.Contains([]string{"TIME-WAIT", "CLOSED"}, last.Client) || !slices.Contains([]string{"TIME-WAIT", "CLOSED"}, last.Server) {
		t.Errorf("final states %+v, reported %+v", last, c.State)
	}
}

// A connection to a port without a listener is refused every time, and the cause found is certain.
func TestClosedPortIsAlwaysFound(t *testing.T) {
	needs(t, "capture")
	for i := range runs() {
		r := trace(t, "closed-port")
		c := only(t, r)
		if c.Outcome != "REJ" || c.Frames != 2 || c.Close.Kind != "reset" || c.Segments[1].Flags != "R." {
			t.Errorf("run %d: %s with %d frames, close %+v", i, c.Outcome, c.Frames, c.Close)
		}
		if len(c.Findings) == 0 || c.Findings[0].Cause != "closed-port" || c.Findings[0].Level != "certain" {
			t.Fatalf("run %d: findings %+v", i, c.Findings)
		}
		f := c.Findings[0]
		if !slices.Equal(f.Frames, []uint32{1, 2}) || len(f.Calls) == 0 || f.ClientSees != "connect: ECONNREFUSED" || len(f.Excluded) == 0 || f.Fix == "" {
			t.Errorf("run %d: finding %+v", i, f)
		}
		if t.Failed() {
			return
		}
	}
}
