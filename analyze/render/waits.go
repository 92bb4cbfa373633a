package render

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// waitWords say what a wait was for.
var waitWords = map[string]string{
	report.ForClient: "waiting for the client", report.ForServer: "waiting for the server", report.ForNetwork: "on the network",
	report.ForWindow: "with a full receive window", report.ForLoss: "repairing losses",
}

// waitsText says where the time of a connection went: "of 12.050 s, 10.001 s waiting for the client (segments 3 to 4, before its first
// data) · 2.031 s waiting for the server (1.020 s of it from segment 6 to 7)". Less than a twentieth is left out.
func waitsText(c *report.Connection) string {
	const worthNaming = 20
	var parts []string
	for i := range c.Waits.Shares {
		if w := &c.Waits.Shares[i]; w.Time*worthNaming >= c.Waits.Covered {
			parts = append(parts, span(time.Duration(w.Time))+" "+waitWords[w.For]+stretchText(c, w))
		}
	}
	return "of " + span(time.Duration(c.Waits.Covered)) + ", " + strings.Join(parts, " · ")
}

// stretchText says between which segments the longest wait of its kind passed.
func stretchText(c *report.Connection, w *report.Wait) string {
	if w.To == 0 {
		return ""
	}
	text := "from segment " + itoa(w.From) + " to " + itoa(w.To)
	if w.Longest < w.Time {
		text = span(time.Duration(w.Longest)) + " of it " + text
	}
	if h := c.Handshake; h != nil && h.ACK != 0 && w.From == h.ACK && (w.For == report.ForClient || w.For == report.ForServer) {
		text += ", before its first data"
	}
	return " (" + text + ")"
}

// mostWaits is how many connections a capture without fault says this of.
const mostWaits = 3

// longest keeps those connections of which it is known where their time went that took longest, of c and those before it.
func longest(list []report.Connection, c *report.Connection) []report.Connection {
	if c.Waits == nil || len(list) == mostWaits && c.Duration <= list[mostWaits-1].Duration {
		return list
	}
	if len(list) == mostWaits {
		list = list[:mostWaits-1]
	}
	k := c.Clone()
	k.Segments = nil
	at, _ := slices.BinarySearchFunc(list, c.Duration, func(one report.Connection, d report.Seconds) int { return cmp.Compare(d, one.Duration) })
	return slices.Insert(list, at, k)
}
