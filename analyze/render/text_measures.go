package render

import (
	"strconv"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// measures prints tcptrace's numbers of both directions side by side, when they were asked for.
func (p *page) measures(c *report.Connection) {
	a, b := c.ClientToServer.Measures, c.ServerToClient.Measures
	if a == nil || b == nil {
		return
	}
	p.Blank()
	const number = 14
	t := texttab.Table{Frame: texttab.Open, Columns: []texttab.Column{{Title: "measure", Width: p.Width() - 2*number - 2},
		{Title: "client", Width: number, Align: texttab.AtRight}, {Title: "server", Width: number, Align: texttab.AtRight}}}
	rows := [][]texttab.Cell{}
	for _, m := range measureLines {
		left, right := m.value(a), m.value(b)
		if m.rare && left == right && (left == "0" || left == "0s") {
			continue
		}
		rows = append(rows, []texttab.Cell{texttab.Text(m.name), texttab.Text(left), texttab.Text(right)})
	}
	p.Print(t, rows)
}

// measureLine is one line of the table; a rare one is left out when it is 0 both ways.
type measureLine struct {
	name  string
	rare  bool
	value func(*report.Measures) string
}

func lasting(s report.Seconds) string { return span(time.Duration(s)) }

func whole(f float64) string { return strconv.FormatFloat(f, 'f', 0, 64) }

var measureLines = []measureLine{
	{"segments with data", false, func(m *report.Measures) string { return itoa(m.DataSegments) }},
	{"segments with ACK", false, func(m *report.Measures) string { return itoa(m.ACKSegments) }},
	{"pure ACKs", false, func(m *report.Measures) string { return itoa(m.PureACKs) }},
	{"segments with PSH", false, func(m *report.Measures) string { return itoa(m.PushedSegments) }},
	{"SYN / FIN", false, func(m *report.Measures) string { return itoa(m.SYNs) + " / " + itoa(m.FINs) }},
	{"bytes between SYN and FIN", false, func(m *report.Measures) string { return itoa(m.StreamBytes) }},
	{"largest / average / smallest segment, bytes", false, func(m *report.Measures) string {
		return itoa(m.MaxSegment) + "/" + whole(m.AvgSegment) + "/" + itoa(m.MinSegment)
	}},
	{"captured twice", true, func(m *report.Measures) string { return itoa(m.CapturedTwice) }},
	{"bytes sent again", true, func(m *report.Measures) string { return itoa(m.RetransmittedBytes) }},
	{"one segment sent again, at most", true, func(m *report.Measures) string { return itoa(m.MaxRetransmissions) }},
	{"longest wait before sending again", true, func(m *report.Measures) string { return lasting(m.RetransmitGap.Max) }},
	{"segments with SACK", true, func(m *report.Measures) string { return itoa(m.SACKSegments) }},
	{"of these, with D-SACK", true, func(m *report.Measures) string { return itoa(m.DSACKSegments) }},
	{"triple duplicate ACKs", true, func(m *report.Measures) string { return itoa(m.TripleDuplicateACKs) }},
	{"window probes", true, func(m *report.Measures) string { return itoa(m.ZeroWindowProbes) }},
	{"urgent segments", true, func(m *report.Measures) string { return itoa(m.UrgentSegments) }},
	{"window: largest advertised", false, func(m *report.Measures) string { return itoa(m.MaxWindow) }},
	{"window: average advertised", false, func(m *report.Measures) string { return whole(m.AvgWindow) }},
	{"window: smallest but 0", false, func(m *report.Measures) string { return itoa(m.MinWindow) }},
	{"initial window, bytes", false, func(m *report.Measures) string { return itoa(m.InitialBytes) }},
	{"initial window, segments", false, func(m *report.Measures) string { return itoa(m.InitialSegments) }},
	{"payload cut by the snap length, bytes", true, func(m *report.Measures) string { return itoa(m.TruncatedBytes) }},
	{"from first data to last", false, func(m *report.Measures) string { return lasting(m.DataTime) }},
	{"longest silence", false, func(m *report.Measures) string { return lasting(m.IdleMax) }},
	{"throughput, bytes/s over the whole duration", false, func(m *report.Measures) string { return whole(m.Throughput) }},
	{"limited by the program", false, func(m *report.Measures) string { return lasting(m.ApplicationLimited) }},
	{"limited by the other end's window", false, func(m *report.Measures) string { return lasting(m.WindowLimited) }},
	{"waiting for ACKs from the network", false, func(m *report.Measures) string { return lasting(m.NetworkLimited) }},
	{"round trips measured", false, func(m *report.Measures) string { return itoa(m.RTT.Samples) }},
	{"round trip: shortest", false, func(m *report.Measures) string { return lasting(m.RTT.Min) }},
	{"round trip: average", false, func(m *report.Measures) string { return lasting(m.RTT.Avg) }},
	{"round trip: longest", false, func(m *report.Measures) string { return lasting(m.RTT.Max) }},
	{"round trip: standard deviation", false, func(m *report.Measures) string { return lasting(m.RTT.SD) }},
	{"round trip of full segments: average", true, func(m *report.Measures) string { return lasting(m.FullSizeRTT.Avg) }},
	{"round trip of the handshake", true, func(m *report.Measures) string { return lasting(m.HandshakeRTT) }},
	{"ACKs that give none (Karn)", true, func(m *report.Measures) string { return itoa(m.AmbiguousACKs) }},
	{"average since the latest copy of what they acknowledge", true, func(m *report.Measures) string { return lasting(m.RepeatedRTT.Avg) }},
	{"ACKs that waited for a repetition", true, func(m *report.Measures) string { return itoa(m.PostLossACKs) }},
	{"segments acknowledged with a later one", true, func(m *report.Measures) string { return itoa(m.CumulativelyAcked) }},
}
