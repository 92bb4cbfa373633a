package render

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"tcplab/analyze/report"
)

// The reports every golden is made from: real runs of a whole exchange, a refusal and two clients, and by hand what a run
// does not make at will: a plain capture with an open question, a stream joined in the middle, hostile bytes everywhere.

// day is when the reports were made.
var day = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

func micro(n int) report.Seconds { return report.Seconds(time.Duration(n) * time.Microsecond) }

// seg writes one segment: fields is "flags seq ack len win", dir ">" or "<", states "client server".
func seg(frame uint32, us int, dir, flags string, seq, ack int64, n, win uint32, phase, client, server, note string) report.Segment {
	const clientISN, serverISN = 3817281000, 1200480000
	d, seqISN, ackISN := "c2s", uint32(clientISN), uint32(serverISN)
	if dir == "<" {
		d, seqISN, ackISN = "s2c", serverISN, clientISN
	}
	return report.Segment{Frame: frame, Time: micro(us), Dir: d, Flags: flags, Seq: seq, Ack: ack, Len: n, Window: win,
		Marks: []string{}, Phase: phase, State: report.States{Client: client, Server: server}, Note: note,
		SeqRaw: seqISN + uint32(seq), AckRaw: ackISN + uint32(ack), WinRaw: uint16(min(win, 65535)), TTL: 64, IPID: uint16(4000 + frame)}
}

func base(path string, packets uint64, last int) *report.Report {
	end := day.Add(time.Duration(last) * time.Microsecond)
	return &report.Report{Schema: report.Schema, Tool: report.Tool{Version: "1.0.0"},
		Input: report.Input{Kind: "file", Path: path, Format: "pcapng", LinkTypes: []string{"EN10MB"}, Packets: packets, Bytes: packets * 74,
			First: &day, Last: &end, Counts: report.Counts{TCP: packets}},
		Connections: []report.Connection{}, Findings: []report.Finding{}, Warnings: []string{}}
}

var loOptions = report.Options{MSS: 65495, WindowScale: 7, SACKPermitted: true, Timestamps: true}

func connection(client, server report.Endpoint, frames uint32, us int) report.Connection {
	return report.Connection{Client: client, Server: server, ClientKnown: true, FirstFrame: 1, LastFrame: frames, Frames: frames,
		Start: day.Add(9 * time.Microsecond), Duration: micro(us), Outcome: "SF", History: "ShADadFf", Completeness: 31,
		State:     report.States{Client: "TIME-WAIT", Server: "CLOSED"},
		Handshake: &report.Handshake{SYN: 1, SYNACK: 2, ACK: 3, RTT: micro(27), Kind: "normal"},
		Close:     report.Close{Kind: "four-way", By: "client", Frames: []uint32{8, 9, 10, 11}, TimeWait: "client"},
		Options:   report.OptionPair{Client: &loOptions, Server: &loOptions}, Findings: []report.Finding{}}
}

func local(port uint16) report.Endpoint { return report.Endpoint{Addr: "127.0.0.1", Port: port} }

// run returns the report of a real run, kept as tcplab trace --format json --segments wrote it.
func run(name string) *report.Report {
	text, err := os.ReadFile(filepath.Join("testdata", "reports", name+".json"))
	if err != nil {
		panic(err)
	}
	r := &report.Report{}
	if err := json.Unmarshal(text, r); err != nil {
		panic(err)
	}
	return r
}

func helloReport() *report.Report { return run("hello") }

// resetReport is a plain capture of several connections: one cut off by a reset with two possible causes, one refused.
func resetReport() *report.Report {
	r := base("incident.pcapng", 431, 31_500_000)
	r.Input.Counts = report.Counts{TCP: 402, ICMPError: 1, NotTCP: 28}
	r.Input.NotTCP = []report.Share{{Name: "UDP", Frames: 20}, {Name: "ARP", Frames: 8}}
	a := connection(report.Endpoint{Addr: "192.168.1.102", Port: 1161}, report.Endpoint{Addr: "128.119.245.12", Port: 80}, 391, 5_461_000)
	a.ClientToServer = report.Half{Packets: 213, PayloadBytes: 164091, UniqueBytes: 164090, Retransmissions: 1, MaxInFlight: 8192}
	a.ServerToClient = report.Half{Packets: 178, PayloadBytes: 730, UniqueBytes: 730, DuplicateACKs: 2}
	a.Close.Frames = []uint32{388, 389, 390, 391}
	b := connection(report.Endpoint{Addr: "10.0.0.7", Port: 51200}, report.Endpoint{Addr: "10.0.0.9", Port: 5432}, 7, 1_203_500)
	b.ID, b.FirstFrame, b.LastFrame, b.Outcome, b.History = 1, 392, 399, "RSTR", "ShADdar"
	b.Start = day.Add(6 * time.Second)
	b.State = report.States{Client: "CLOSED", Server: "CLOSED"}
	b.Close = report.Close{Kind: "reset", By: "server", Frames: []uint32{399}}
	b.ClientToServer, b.ServerToClient = report.Half{Packets: 4, PayloadBytes: 46, UniqueBytes: 23, Retransmissions: 1}, report.Half{Packets: 3, PayloadBytes: 4000, UniqueBytes: 4000, Resets: 1}
	b.Segments = []report.Segment{
		seg(392, 0, ">", "S", 0, 0, 0, 64240, "handshake", "SYN-SENT", "SYN-RECEIVED", "first of three"),
		seg(393, 800, "<", "S.", 0, 1, 0, 65160, "handshake", "ESTABLISHED", "SYN-RECEIVED", "second of three"),
		seg(394, 830, ">", ".", 1, 1, 0, 64256, "handshake", "ESTABLISHED", "ESTABLISHED", "third of three"),
		seg(395, 1100, ">", "P.", 1, 1, 23, 64256, "data", "ESTABLISHED", "ESTABLISHED", "bytes 1 to 23 of the client"),
		seg(396, 201_300, ">", "P.", 1, 1, 23, 64256, "data", "ESTABLISHED", "ESTABLISHED", "the same bytes again"),
		seg(397, 202_100, "<", "P.", 1, 24, 4000, 65152, "data", "ESTABLISHED", "ESTABLISHED", "bytes 1 to 4000 of the server"),
		seg(399, 1_203_500, "<", "R.", 4001, 24, 0, 0, "reset", "CLOSED", "CLOSED", "the server aborts the connection"),
	}
	b.Segments[4].Marks, b.Segments[4].Why = []string{"retransmission"}, []string{"bytes 1:24 were sent in segment 395, 200.2 ms before"}
	b.Transcript = []report.Chunk{{Dir: "c2s", Offset: 0, Frame: 395, Data: []byte("GET /query HTTP/1.1\r\n\r\n")},
		{Dir: "s2c", Offset: 0, Frame: 397, Data: bytes.Repeat([]byte("row  "), 40)}, {Dir: "s2c", Offset: 200, Missing: 3800}}
	b.Segments[3].Payload = []byte("GET /query HTTP/1.1\r\n\r\n")
	b.Findings = []report.Finding{
		{Cause: "close-unread-data", Title: "the server closed with bytes it had not read", Level: "possible", Severity: "error", Frames: []uint32{399},
			Calls: []uint32{}, Evidence: []string{"the reset has the form of a kernel's answer to close (segment 399)"}, ClientSees: "recv: ECONNRESET",
			Fix: "on the server, look for close() before the request is read: strace -e trace=network", Excluded: []report.Exclusion{}},
		{Cause: "linger-zero", Title: "the server closed with SO_LINGER 0", Level: "possible", Severity: "error", Frames: []uint32{399}, Calls: []uint32{},
			Evidence: []string{"a RST,ACK in sequence without a FIN before it (segment 399)"}, ClientSees: "recv: ECONNRESET",
			Fix: "on the server, look for SO_LINGER", Excluded: []report.Exclusion{{Cause: "injected", Why: "TTL and IP ID go on as before"}}},
	}
	d := connection(report.Endpoint{Addr: "10.0.0.7", Port: 51201}, report.Endpoint{Addr: "10.0.0.9", Port: 25}, 2, 210)
	d.ID, d.FirstFrame, d.LastFrame, d.Outcome, d.History = 2, 400, 401, "REJ", "Sr"
	d.Start = day.Add(31 * time.Second)
	d.Handshake, d.Close = &report.Handshake{SYN: 400, Kind: "partial"}, report.Close{Kind: "reset", By: "server", Frames: []uint32{401}}
	d.State, d.Options.Server = report.States{Client: "CLOSED", Server: "CLOSED"}, nil
	d.Findings = []report.Finding{{Cause: "closed-port", Title: "nothing listens on port 25", Level: "likely", Severity: "error", Frames: []uint32{400, 401},
		Calls: []uint32{}, Evidence: []string{"the RST has the form a kernel without a listener sends (segment 401)"}, ClientSees: "connect: ECONNREFUSED",
		Fix: "ss -ltnp on 10.0.0.9", Excluded: []report.Exclusion{{Cause: "firewall-reset", Why: "could not be judged: no facts of 10.0.0.9"}}}}
	r.Connections = append(r.Connections, a, b, d)
	return r
}

// midstreamReport is a capture over IPv6 that begins and ends inside a connection, from a file that was cut.
func midstreamReport() *report.Report {
	r := base("long/path/to/a/capture/with/a/name/that/goes/on/and/on/midstream-2026-11-21.pcap", 4, 2_000_100)
	r.Input.Format, r.Input.LinkTypes, r.Input.Truncated = "pcap", []string{"LINUX_SLL2"}, true
	c := connection(report.Endpoint{Addr: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Port: 65535}, report.Endpoint{Addr: "2001:db8:ffff:ffff:ffff:ffff:ffff:1", Port: 55443}, 4, 2_000_000)
	c.ClientKnown, c.Handshake, c.Outcome, c.History, c.Completeness = false, nil, "OTH", "DadA", 12
	c.State = report.States{Client: "ESTABLISHED", Server: "ESTABLISHED"}
	c.Close = report.Close{Kind: "none", Frames: []uint32{}}
	c.Options = report.OptionPair{}
	c.Warnings = []string{"the handshake was not captured: windows may be scaled"}
	c.ClientToServer = report.Half{Packets: 2, PayloadBytes: 1_448_000, UniqueBytes: 1_448_000, MissingBytes: 2896}
	c.ServerToClient = report.Half{Packets: 2}
	c.Segments = []report.Segment{
		seg(1, 0, ">", ".", 1, 1, 1448, 501, "data", "ESTABLISHED", "ESTABLISHED", "bytes 1 to 1448 of the client"),
		seg(2, 40, "<", ".", 1, 1449, 0, 24576, "data", "ESTABLISHED", "ESTABLISHED", "the server has everything before byte 1449"),
		seg(3, 1_999_000, ">", "P.", 1445104, 1, 1448, 501, "data", "ESTABLISHED", "ESTABLISHED", "bytes 1445104 to 1446551 of the client"),
		seg(4, 2_000_000, "<", ".", 1, 1446552, 0, 0, "data", "ESTABLISHED", "ESTABLISHED", "the server's buffer is full"),
	}
	c.Segments[2].Marks, c.Segments[2].Why = []string{"lost-segment"}, []string{"bytes 1449:1445104 were not captured"}
	c.Segments[3].Marks, c.Segments[3].Why = []string{"zero-window"}, []string{"the window is 0"}
	c.Findings = []report.Finding{{Cause: "zero-window", Title: "the server reads slower than the client sends", Level: "strong", Severity: "warning",
		Frames: []uint32{4}, Calls: []uint32{}, Evidence: []string{"the server's window fell to 0 (segment 4)"}, Fix: "see why the server does not read", Excluded: []report.Exclusion{}}}
	r.Connections = append(r.Connections, c)
	r.Warnings = []string{"the file ends inside a record: 61 of 74 bytes are missing, the report covers 4 packets"}
	return r
}

// hostile is what an attacker puts where a report prints text.
const hostile = "<script>alert('x')</script>\x1b]0;owned\x07\x1b[2J|`*_\u202eevil\u2066\x00\xff\xc3\x28\u0085\u009b31m&<img src=x onerror=alert(1)>"

// hostileReport has hostile bytes in every string.
func hostileReport() *report.Report {
	r := run("closed-port")
	r.Actors[0].Command, r.Actors[0].Output = "program", []report.Output{{Stream: "stdout", Text: "written"}, {Stream: "stderr", Text: "complained"}}
	poison(r)
	return r
}

func reports() map[string]*report.Report {
	return map[string]*report.Report{"hello": helloReport(), "closed-port": run("closed-port"), "two-clients": run("two-clients"),
		"exec": run("exec"), "joined": run("joined"),
		"reset": resetReport(), "midstream": midstreamReport(), "hostile": hostileReport()}
}
