package compare_test

import (
	"slices"
	"testing"

	"tcplab/analyze/canon"
	"tcplab/analyze/compare"
	"tcplab/analyze/report"
)

func exchange(change func(*canon.Form)) *canon.Form {
	f := &canon.Form{
		Scenario: &canon.Scenario{Name: "hello", Variant: "fixed", Params: map[string]string{"port": "8080"}},
		Connections: []canon.Connection{{
			Client: "C:c1", Server: "S:8080", Opened: "normal",
			Steps: []canon.Step{{From: "C", What: "SYN"}, {From: "S", What: "SYN,ACK"}, {From: "C", What: "ACK"}, {From: "C", What: "FIN"}, {From: "S", What: "FIN"}},
			Close: canon.Close{Kind: "orderly", By: "client"}, State: report.States{Client: "TIME-WAIT", Server: "CLOSED"},
		}},
		Actors: []canon.Actor{{Name: "client", Exit: "status 0", Calls: []string{"connect", "send", "close"}}},
	}
	if change != nil {
		change(f)
	}
	return f
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*canon.Form)
		want   []compare.Difference
	}{
		{"nothing", nil, nil},
		{"a parameter", func(f *canon.Form) { f.Scenario.Params = map[string]string{"size": "1"} },
			[]compare.Difference{{"parameter port", "8080", ""}, {"parameter size", "", "1"}}},
		{"a step more", func(f *canon.Form) {
			f.Connections[0].Steps = slices.Insert(f.Connections[0].Steps, 3, canon.Step{From: "C", What: "data", Seq: "1:2"})
		}, []compare.Difference{{"connection 0: step 4", "", "C data 1:2"}}},
		{"a step less", func(f *canon.Form) { f.Connections[0].Steps = f.Connections[0].Steps[:4] },
			[]compare.Difference{{"connection 0: step 5", "S FIN", ""}}},
		{"another step", func(f *canon.Form) { f.Connections[0].Steps[3].What = "RST" },
			[]compare.Difference{{"connection 0: step 4", "C FIN", "C RST"}}},
		{"the ending", func(f *canon.Form) { f.Connections[0].Close = canon.Close{Kind: "reset", By: "server"} },
			[]compare.Difference{{"connection 0: close", "orderly, first client", "reset, first server"}}},
		{"a state", func(f *canon.Form) { f.Connections[0].State.Server = "LAST-ACK" },
			[]compare.Difference{{"connection 0: state of the server", "CLOSED", "LAST-ACK"}}},
		{"a finding", func(f *canon.Form) {
			f.Connections[0].Findings = []canon.Finding{{Cause: "rst", Level: "certain", Severity: "error"}}
		}, []compare.Difference{{"connection 0: finding rst", "", "rst, certain, error"}}},
		{"a call", func(f *canon.Form) { f.Actors[0].Calls = []string{"connect", "close"} },
			[]compare.Difference{{"client: call 2", "send", ""}}},
		{"a connection less", func(f *canon.Form) { f.Connections = nil },
			[]compare.Difference{{"connection 0", "C:c1 -> S:8080, normal, 0 and 0 bytes, close orderly", ""}}},
		{"no run", func(f *canon.Form) { f.Scenario, f.Actors = nil, nil }, nil},
	} {
		got := compare.Forms(exchange(nil), exchange(c.change))
		if !slices.Equal(got.Differences, c.want) || got.Equal != (len(c.want) == 0) {
			t.Errorf("%s: %+v", c.name, got)
		}
		back := compare.Forms(exchange(c.change), exchange(nil))
		if len(back.Differences) != len(c.want) {
			t.Errorf("%s the other way round: %+v", c.name, back)
		}
	}
}
