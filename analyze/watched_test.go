package analyze_test

import (
	"slices"
	"testing"
	"time"

	"tcplab/analyze/report"
	"tcplab/capture"
)

// A run says until when it watched. Silence between its last frame and that moment proves as much as silence between frames.
func TestSilenceAfterTheLastFrameCounts(t *testing.T) {
	r := keptRun(t, "../pcaps/syncookie-ack-lost")
	r.frames = r.frames[:4] // not the ARP request seconds later
	for _, watched := range []time.Duration{0, 4 * time.Second} {
		about := *r.about
		r.about = &about
		about.Until = r.frames[3].Time + capture.Stamp(watched)
		named := slices.ContainsFunc(r.findings(t), func(f report.Finding) bool { return f.Cause == "syncookie-ack-lost" })
		if named != (watched > 0) {
			t.Errorf("watched for %v after the SYN,ACK: named %v", watched, named)
		}
	}
}
