package reset

import (
	"strings"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// TLSAlertThenClose: one end said why in a TLS alert and closed.
//
// An alert record is type 21, version, length 2, level, description (RFC 8446, 6 and B.2).
var TLSAlertThenClose = &diagnose.Rule{
	ID: "tls-alert-then-close", Title: "TLS failed: one end sent a fatal alert and closed",
	Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.ResetBy, diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "The TLS handshake was refused: no common version or cipher, an unknown certificate authority, a wrong name.",
	Fix:        "see what the server offers:  openssl s_client -connect HOST:PORT -servername NAME;  fix what the alert names",
	Refs:       []string{"RFC 8446 6", "RFC 8446 B.2"},
	Scenario:   "tls-alert-then-close",
	LookAlikes: []string{"wrong-protocol-plain-to-tls", "wrong-protocol-tls-to-plain", "close-unread-data"},
	Judge:      tlsAlert,
}

var alerts = map[byte]string{10: "unexpected_message", 20: "bad_record_mac", 40: "handshake_failure", 42: "bad_certificate",
	43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
	47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
	70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
	109: "missing_extension", 112: "unrecognized_name", 116: "certificate_required", 120: "no_application_protocol"}

// fatal is the level of an alert that ends the connection.
const fatal = 2

func tlsAlert(c *diagnose.Case) diagnose.Verdict {
	seen := false
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		p, ok := payload(r)
		seen = seen || ok
		if !ok || len(p) < 7 || p[0] != 21 || p[1] != 3 || p[3] != 0 || p[4] != 2 || p[5] != fatal {
			continue
		}
		name := alerts[p[6]]
		if name == "" {
			name = "alert " + diagnose.Num(p[6])
		}
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "error", Why: "a fatal TLS alert",
			Title:    "TLS failed: the " + r.Dir.Sender() + " sent the fatal alert " + name,
			Evidence: []string{"the " + r.Dir.Sender() + " sends the TLS alert " + name + " (" + diagnose.Num(p[6]) + "), fatal " + diagnose.Seg(r.Frame)},
			Frames:   []uint32{r.Frame}}
	}
	if !seen {
		return diagnose.Unjudged("the payload of the segments")
	}
	return diagnose.Ruled("no fatal TLS alert was sent in the clear")
}

// payload is what was kept of a data segment.
func payload(r *flow.Row) ([]byte, bool) {
	said := r.Said()
	return said, r.Len > 0 && len(said) > 0
}

// WrongProtocolPlainToTLS: the client spoke plain text to a TLS port.
var WrongProtocolPlainToTLS = wrongProtocol("wrong-protocol-plain-to-tls", "the client spoke plain text to a port that seems to want TLS",
	"use https:// or TLS on this port:  openssl s_client -connect HOST:PORT", plainText)

// WrongProtocolTLSToPlain: the client began with TLS at a port that speaks plain text.
var WrongProtocolTLSToPlain = wrongProtocol("wrong-protocol-tls-to-plain", "the client spoke TLS to a port that seems to want plain text",
	"use http:// or no TLS on this port:  nc HOST PORT", clientHello)

func wrongProtocol(id, title, fix string, speaks func([]byte) bool) *diagnose.Rule {
	return &diagnose.Rule{
		ID: id, Title: title, Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.ServerCalls,
		Cause: "Client and server speak different protocols on this port; the server could not parse the first bytes and gave up.",
		Fix:   fix, Refs: []string{"RFC 8446 5.1", "RFC 2525 2.17"}, Scenario: id,
		Implies:    []string{"close-unread-data", "kill-with-unread-data", "linger0-server", "proxy-dead-backend", "tls-alert-then-close"},
		LookAlikes: []string{"tls-alert-then-close", "close-unread-data"},
		Judge:      func(c *diagnose.Case) diagnose.Verdict { return judgeProtocol(c, id, speaks) },
	}
}

func judgeProtocol(c *diagnose.Case, id string, speaks func([]byte) bool) diagnose.Verdict {
	if c.Half(flow.ToServer).FirstData == 0 {
		return diagnose.Ruled("the client sent no data")
	}
	hello := opener(c, flow.ToServer)
	if hello == nil {
		return diagnose.Unjudged("the client's first bytes")
	}
	said, ok := payload(hello)
	if !ok {
		return diagnose.Unjudged("the payload of the segments")
	}
	tlsPort := c.Conv.ServerPort == 443 || c.Conv.ServerPort == 8443 || c.Conv.ServerPort == 993 || c.Conv.ServerPort == 465
	server := c.Half(flow.ToClient)
	ended := c.Reset() != nil && c.Reset().Dir == flow.ToClient || server.FIN != 0
	answer := opener(c, flow.ToClient)
	if answer == nil && server.FirstData != 0 {
		return diagnose.Unjudged("the server's first bytes")
	}
	switch {
	case !speaks(said):
		return diagnose.Ruled("the client's first bytes are not of that protocol")
	case !ended && !(answer != nil && foreign(said, answer.Said()) && c.Reset() != nil): // else the client may end it: it got no answer it knows
		return diagnose.Ruled("the server did not end the connection")
	}
	v := diagnose.Verdict{Frames: []uint32{hello.Frame}}
	if answer == nil {
		if id == "wrong-protocol-plain-to-tls" && !tlsPort || id != "wrong-protocol-plain-to-tls" && tlsPort {
			return diagnose.Ruled("nothing shows that the server wanted another protocol")
		}
		if !turnedDown(c) {
			return diagnose.Ruled("the server did not end it because of the client's first bytes: they had been said long before, more followed, or the client closed first")
		}
		v.Level, v.Why = diagnose.Likely, "the server ended it without an answer"
		v.Evidence = []string{"the client's first bytes are " + kindOf(said) + " " + diagnose.Seg(hello.Frame),
			"port " + diagnose.Num(c.Conv.ServerPort) + " ends the connection without an answer"}
		return v
	}
	back, ok := payload(answer)
	if !ok || plainText(back) == plainText(said) {
		return diagnose.Ruled("the server answered in the client's protocol")
	}
	v.Level, v.Why = diagnose.Strong, "the server answered in another protocol"
	v.Frames = append(v.Frames, answer.Frame)
	v.Evidence = []string{"the client's first bytes are " + kindOf(said) + " " + diagnose.Seg(hello.Frame),
		"the server's first bytes are " + kindOf(back) + " " + diagnose.Seg(answer.Frame)}
	return v
}

// opener is the segment with the first bytes of an end, which is not always the first that was captured; nil when it is not here.
func opener(c *diagnose.Case, d flow.Dir) *flow.Row {
	return c.FirstAfter(0, d, func(r *flow.Row) bool { return diagnose.Data(r) && r.Seq == 1 })
}

// turnedDown reports whether the server ended the connection right upon what the client said at once.
func turnedDown(c *diagnose.Case) bool {
	client, server := c.Half(flow.ToServer), c.Half(flow.ToClient)
	end, at := server.FIN, server.FINTime
	if rst := c.Reset(); rst != nil && rst.Dir == flow.ToClient && (end == 0 || rst.Frame < end) {
		end, at = rst.Frame, rst.Time
		if c.Shape() != diagnose.Quit && c.Shape() != diagnose.OtherSystem {
			return false // no program did it
		}
	}
	return end != 0 && (client.FIN == 0 || end < client.FIN) && at.Sub(client.LastDataTime) < 100*rightBehind && client.LastDataTime.Sub(client.FirstDataTime) < 10*rightBehind
}

func kindOf(b []byte) string {
	switch {
	case clientHello(b):
		return "a TLS handshake"
	case len(b) > 2 && b[0] == 21 && b[1] == 3:
		return "a TLS alert"
	case plainText(b):
		return "plain text"
	}
	return "neither TLS nor text"
}

// foreign reports whether one of two ends speaks TLS and the other plain text.
func foreign(a, b []byte) bool {
	return clientHello(a) && plainText(b) || plainText(a) && len(b) > 2 && (b[0] == 21 || b[0] == 22) && b[1] == 3
}

// clientHello reports whether b begins with a TLS handshake record (RFC 8446, 5.1).
func clientHello(b []byte) bool { return len(b) > 2 && b[0] == 22 && b[1] == 3 }

// plainText reports whether the first bytes are printable.
func plainText(b []byte) bool {
	head := b[:min(len(b), 8)]
	return len(head) > 0 && strings.IndexFunc(string(head), func(r rune) bool { return (r < ' ' && r != '\r' && r != '\n' && r != '\t') || r > '~' }) < 0
}
