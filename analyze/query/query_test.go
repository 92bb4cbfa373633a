package query

import (
	"strings"
	"testing"
	"time"

	"tcplab/analyze/report"
)

func sample() *report.Connection {
	return &report.Connection{
		ID: 3, Client: report.Endpoint{Addr: "10.0.0.1", Port: 40000}, Server: report.Endpoint{Addr: "2001:db8::2", Port: 443},
		Outcome: "RSTO", History: "ShADadR", Duration: report.Seconds(2 * time.Second), Frames: 12,
		Handshake:      &report.Handshake{RTT: report.Seconds(60 * time.Millisecond), Kind: "normal"},
		Close:          report.Close{Kind: "reset", By: "client"},
		ClientToServer: report.Half{PayloadBytes: 12_000, Retransmissions: 2}, ServerToClient: report.Half{PayloadBytes: 500},
		Findings: []report.Finding{{Cause: "linger0-client", Level: "likely"}, {Cause: "slow-reader", Level: "possible"}},
	}
}

func TestMatch(t *testing.T) {
	for text, want := range map[string]bool{
		"port 443": true, "port 80": false, "port 40000 and port 443": true,
		"port 443 and (outcome == RSTO or rtt > 50ms)": true,
		"port 443 and (outcome == SF or rtt > 70ms)":   false,
		"rtt > 50ms": true, "rtt>=60ms": true, "rtt<60ms": false, "duration == 2s": true,
		"bytes > 12k": true, "client.bytes == 12k": true, "server.bytes >= 501": false,
		"retransmissions": true, "server.retransmissions": false, "not server.retransmissions": true,
		"finding == slow-reader": true, "finding != slow-reader": false, "finding ~ linger": true, "level == certain": false,
		"host 10.0.0.0/8": true, "host 10.0.0.2": false, "host 2001:db8::/32": true,
		"close == reset and closer == client": true, "outcome == rsto": true, "history ~ hada": true,
		"!(outcome==SF)": true, "not outcome == SF or port 1": true, "handshake == none": false,
		`outcome == "RSTO"`: true,
	} {
		q, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := q.Match(sample()); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "a condition is missing",
		"port x":                 "port takes a number",
		"(port 80":               "missing )",
		"port 80 port":           "unexpected word",
		"retrans > 3":            "there is fast_retransmissions, retransmissions",
		"rtt > soon":             "takes a number such as",
		"outcome > SF":           "is a word",
		"rtt ~ 3":                "~ is for words",
		"host nowhere":           "host takes an address",
		"outcome ==":             "a value is missing",
		strings.Repeat("(", 100): "too many levels",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", text, err, want)
		}
	}
}

func TestFieldsAreNamedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Fields {
		if seen[f.Name] || f.Doc == "" || (f.Number == nil) == (f.Words == nil) {
			t.Errorf("field %q: named twice, without a doc, or neither number nor words", f.Name)
		}
		seen[f.Name] = true
	}
}

func TestTextCanBeAskedFor(t *testing.T) {
	c := sample()
	for i := range Fields {
		f := &Fields[i]
		if f.Number == nil {
			continue
		}
		q, err := Parse(f.Name + " == " + f.Text(c))
		if err != nil || !q.Match(c) {
			t.Errorf("%s is written %s, and a condition with that is not true of it (%v)", f.Name, f.Text(c), err)
		}
	}
	if f, _ := Find("rtt"); f.Text(c) != "60ms" {
		t.Errorf("rtt is written %s", f.Text(c))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("port 443 and (outcome == RSTO or rtt > 50ms)")
	f.Add("not (((close")
	c := sample()
	f.Fuzz(func(t *testing.T, text string) {
		if q, err := Parse(text); err == nil {
			q.Match(c)
		}
	})
}
