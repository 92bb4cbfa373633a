package render

import (
	"strings"

	"tcplab/analyze/report"
)

// How a packet that got through was treated, by the verb of the rule.
var treatments = map[string]string{"delay": "delayed", "rate": "queued", "swap": "held back", "hold": "held back", "pass": "let pass"}

// deedText says what the scripted cable did, and which rule told it to: "dropped 1 packet of the client (segment 7), as
// told: drop c2s data 3 once".
func deedText(d report.Deed) string {
	end := map[string]string{"c2s": "client", "s2c": "server"}[d.Dir]
	text := d.Fate + " " + plural(uint64(d.Packets), "packet")
	switch d.Fate {
	case "carried":
		verb, _, _ := strings.Cut(d.Rule, " ")
		if treatment := treatments[verb]; treatment != "" {
			text = treatment + strings.TrimPrefix(text, "carried")
		}
		text += " of the " + end
	case "copy":
		text = "copied " + plural(uint64(d.Packets), "packet") + " of the " + end
	case "forged":
		text += " in the name of the " + end
	case "in the cable":
		text = "still held " + plural(uint64(d.Packets), "packet") + " of the " + end + " at the end"
	default:
		text += " of the " + end
	}
	if frames := frameList("segment", d.Frames); frames != "" && (d.Fate != "carried" || d.Packets == 1) {
		text += " (" + frames + ")"
	}
	if d.Rule != "" {
		text += ", as told: " + d.Rule
	}
	return text
}
