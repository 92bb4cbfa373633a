package analyze_test

import (
	"path/filepath"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// TestBriskIsQuiet: where the engine finds nothing on a connection that has symptoms, no rule finds anything. It passes over
// connections on which nothing happened; some of every capture here are of that kind.
func TestBriskIsQuiet(t *testing.T) {
	paths, err := filepath.Glob("../pcaps/*/frames.pcapng")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no kept runs: %v", err)
	}
	more, _ := filepath.Glob("../../shared/captures/*/*.pcap*")
	quiet := 0
	for _, path := range append(paths, more...) {
		src, err := pcapfile.Open(path)
		if err != nil {
			continue // not every file there is a capture
		}
		quiet += quietAll(t, path, src)
		src.Close()
	}
	if n := quietAll(t, "short", generated(t, "short", 20_000)); n < 1000 {
		t.Errorf("%d connections of the short shape were passed over, %d of others", n, quiet)
	}
}

// quietAll judges every connection of src by every rule, and returns how many the engine found nothing on.
func quietAll(t *testing.T, name string, src capture.Source) (quiet int) {
	engine, index := diagnose.New(analyze.Rules()), diagnose.NewIndex()
	table := flow.Table{Done: func(conv *flow.Conversation) {
		index.Add(conv)
		symptoms := diagnose.Incident(conv)
		if symptoms == 0 {
			return
		}
		c := diagnose.Case{Conv: conv}
		index.Join(&c)
		if len(engine.Connection(&c)) > 0 {
			return
		}
		quiet++
		for _, r := range analyze.Rules() {
			if r.Local || r.Quiet || symptoms&(diagnose.Of(r.Also...)|diagnose.Of(r.Symptom)) == 0 {
				continue
			}
			c := diagnose.Case{Conv: conv}
			index.Join(&c)
			if v := r.Judge(&c); v.Level != diagnose.No {
				t.Errorf("%s: connection %d is passed over, and %s is %v: %s", name, conv.ID, r.ID, v.Level, v.Why)
			}
		}
	}}
	var f capture.Frame
	var p wire.Packet
	for src.Next(&f) == nil { // damaged files are read as far as they go
		if wire.Decode(&f, &p) == wire.TCP {
			table.Segment(&p.Segment)
		}
	}
	table.Finish()
	return quiet
}
