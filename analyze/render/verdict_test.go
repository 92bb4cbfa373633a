package render

import (
	"bytes"
	"strings"
	"testing"

	"tcplab/analyze/report"
)

func TestHandshakeInWords(t *testing.T) {
	plain, both := report.Options{MSS: 1460, WindowScale: -1}, report.Options{MSS: 1400, WindowScale: 5, SACKPermitted: true, Timestamps: true}
	for _, row := range []struct {
		name           string
		outcome        string
		handshake      *report.Handshake
		client, server *report.Options
		syns           []uint32
		want           string
	}{
		{"whole", "SF", &report.Handshake{SYN: 1, SYNACK: 2, ACK: 3, RTT: micro(27), Kind: "normal"}, &loOptions, &loOptions, nil,
			"complete in 0.027 ms · MSS 65495 · SACK · timestamps · scale ×128"},
		{"different options", "SF", &report.Handshake{SYN: 1, SYNACK: 2, ACK: 3, RTT: micro(3_000_000), Kind: "normal"}, &both, &loOptions, nil,
			"complete in 3.000 s · MSS 1400 and 65495 · SACK · timestamps · scale ×32 and ×128"},
		{"an end without options", "SF", &report.Handshake{SYN: 1, SYNACK: 2, ACK: 3, Kind: "normal"}, &both, &plain, nil,
			"complete · MSS 1400 and 1460 · no SACK (the server did not agree) · no timestamps (the server did not agree) · no window scaling"},
		{"fast open", "SF", &report.Handshake{SYN: 1, SYNACK: 2, ACK: 3, Kind: "fast-open"}, nil, nil, nil, "fast-open, complete"},
		{"refused", "REJ", &report.Handshake{SYN: 1, Kind: "partial"}, &both, nil, nil, "refused: the SYN was answered with a reset"},
		{"silence", "S0", &report.Handshake{SYN: 1, Kind: "partial"}, &both, nil, []uint32{1, 2, 3}, "not complete: no answer to the SYN, sent 3 times"},
		{"no last ACK", "S1", &report.Handshake{SYN: 1, SYNACK: 2, Kind: "partial"}, &both, &both, nil, "not complete: the client never confirmed the SYN,ACK"},
		{"no SYN", "OTH", &report.Handshake{SYNACK: 2, Kind: "partial"}, nil, &both, nil, "not complete: the SYN was not captured"},
		{"older", "OTH", nil, nil, nil, nil, "not captured: the connection is older than the capture"},
	} {
		c := connection(local(1), local(2), 3, 1)
		c.Outcome, c.Handshake, c.Options, c.SYNFrames = row.outcome, row.handshake, report.OptionPair{Client: row.client, Server: row.server}, row.syns
		if got := handshakeText(&c); got != row.want {
			t.Errorf("%s: %s\nwant %s", row.name, got, row.want)
		}
	}
}

func TestEndingInWords(t *testing.T) {
	linux := &report.Run{Kernel: "Linux 6.18"}
	for _, row := range []struct {
		outcome string
		close   report.Close
		run     *report.Run
		want    string
	}{
		{"SF", report.Close{Kind: "four-way", By: "client", Frames: []uint32{8, 9, 10, 11}, TimeWait: "client"}, linux,
			"four-way, client closed first (segments 8, 9, 10 and 11) · the client holds TIME-WAIT for 60 s"},
		{"SF", report.Close{Kind: "three-way", By: "server", Frames: []uint32{8}, TimeWait: "server"}, nil,
			"three-way, server closed first (segment 8) · the server holds TIME-WAIT"},
		{"SF", report.Close{Kind: "simultaneous", By: "both", TimeWait: "both"}, nil,
			"simultaneous: both ends closed before either saw the other's FIN · both ends hold TIME-WAIT"},
		{"S2", report.Close{Kind: "half", By: "client"}, nil, "half closed: the client sent its FIN, the other end has not"},
		{"RSTO", report.Close{Kind: "reset", By: "client", Frames: []uint32{5}}, nil, "reset by the client (segment 5)"},
		{"REJ", report.Close{Kind: "reset", By: "server"}, nil, "there was nothing to close"},
		{"S1", report.Close{Kind: "none"}, nil, "not seen: client TIME-WAIT, server CLOSED when the capture ended"},
	} {
		c := connection(local(1), local(2), 3, 1)
		c.Outcome, c.Close = row.outcome, row.close
		if got := endingText(&c, row.run); got != row.want {
			t.Errorf("%s\nwant %s", got, row.want)
		}
	}
}

func TestTroubleIsCounted(t *testing.T) {
	c := connection(local(1), local(2), 3, 1)
	c.ClientToServer = report.Half{UniqueBytes: 1, Retransmissions: 2, DuplicateACKs: 1}
	c.ServerToClient = report.Half{UniqueBytes: 10, MissingBytes: 1, OutOfOrder: 3, ZeroWindows: 1, WindowFulls: 1}
	want := "1 byte → · ← 10 bytes · 1 byte not captured · 2 retransmissions · 3 segments out of order · 1 duplicate ACK · 1 zero window · 1 full window"
	if got := dataText(&c); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// text writes a report as text at 80 columns.
func text(t *testing.T, r *report.Report, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text.Write(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestOnlyPossibleCausesClaimNothing(t *testing.T) {
	got := text(t, resetReport(), Options{Conn: 1})
	for _, want := range []string{"more than one cause fits", "cannot tell", "close-unread-data, possible", "linger-zero, possible"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	r := resetReport()
	r.Connections[1].Findings[0].Level = "strong"
	if got := text(t, r, Options{Conn: 1}); strings.Contains(got, "cannot tell") || !strings.Contains(got, "close-unread-data, strong") {
		t.Errorf("a strong cause does not lead:\n%s", got)
	}
}

func TestNoFaultIsSaid(t *testing.T) {
	if got := text(t, helloReport(), Options{Conn: -1, FindingsOnly: true}); !strings.Contains(got, "no fault found") || !strings.Contains(got, "1 connection in 10 packets, 1 closed in order") {
		t.Errorf("got %s", got)
	}
}

// One cause in many connections is proved once; the others are named.
func TestSameCauseIsProvedOnce(t *testing.T) {
	r := resetReport()
	for i := range 20 {
		c := r.Connections[2]
		c.ID = uint32(10 + i)
		r.Connections = append(r.Connections, c)
	}
	got := text(t, r, Options{Conn: -1, FindingsOnly: true})
	if n := strings.Count(got, "the RST has the form"); n != 1 {
		t.Errorf("the proof is printed %d times", n)
	}
	if !strings.Contains(got, "connections 10, 11, 12, 13, 14, 15, 16, 17 and 12 more") {
		t.Errorf("the other connections are not named:\n%s", got)
	}
}

func TestMissingCapturesAreSaid(t *testing.T) {
	r := helloReport()
	lost := uint64(3)
	r.Input.KernelDropped = &lost
	r.Connections[0].ClientToServer.UniqueBytes -= 5
	got := text(t, r, Options{Conn: -1})
	for _, want := range []string{"the kernel dropped 3 more", "the capture has 40 and 45"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
}

func TestUnmetExpectationsStandOut(t *testing.T) {
	r := helloReport()
	r.Expectations[0].Met = false
	if got := text(t, r, Options{Conn: -1}); !strings.Contains(got, "✗ not met: "+r.Expectations[0].Text) {
		t.Errorf("got %s", got)
	}
}

func TestUnknownConnectionIsAnError(t *testing.T) {
	err := Text.Write(&bytes.Buffer{}, resetReport(), Options{Conn: 7})
	if err == nil || !strings.Contains(err.Error(), "connection 7") || !strings.Contains(err.Error(), "3 connections") {
		t.Errorf("got %v", err)
	}
}

func TestWorstFirst(t *testing.T) {
	got := text(t, resetReport(), Options{Conn: -1, WorstFirst: true})
	if strings.Index(got, "51201") > strings.Index(got, "192.168.1.102") {
		t.Errorf("a connection that ended well stands before one that was refused:\n%s", got)
	}
}

func TestColourCarriesNoMeaningAlone(t *testing.T) {
	for name, r := range reports() {
		colored := text(t, r, Options{Conn: -1, Color: true})
		plain := text(t, r, Options{Conn: -1})
		if got := stripColour(colored); got != plain {
			t.Errorf("%s: without its colours the report differs", name)
		}
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%s: colour without being asked", name)
		}
	}
}

func stripColour(s string) string {
	var b strings.Builder
	for s != "" {
		head, rest, found := strings.Cut(s, "\x1b[")
		b.WriteString(head)
		if !found {
			break
		}
		_, s, _ = strings.Cut(rest, "m")
	}
	return b.String()
}

// Who had no segment to show was asked all the same: each format for people names the address that connect() had.
func TestFindingsOfCallsNameWhomTheyAsked(t *testing.T) {
	r := run("closed-port")
	c := &r.Connections[0]
	r.Findings = append(r.Findings, c.Findings...)
	r.Connections, r.Timeline = nil, nil
	peer := endpoint(c.Server)
	for _, f := range []Format{Text, Markdown, HTML} {
		var out bytes.Buffer
		if err := f.Write(&out, r, Options{Conn: -1}); err != nil {
			t.Fatal(err)
		}
		if want := "connect to " + peer + " was REFUSED"; !strings.Contains(out.String(), want) {
			t.Errorf("%s does not say %q:\n%s", f.Name, want, out.String())
		}
	}
}
