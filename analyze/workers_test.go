package analyze_test

import (
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/report"
)

// TestWorkersAgree: connections are handed out in the same order with the same report, however many processors follow them.
func TestWorkersAgree(t *testing.T) {
	for _, shape := range []string{"short", "refused", "mixed"} {
		want := handedOut(t, shape, 1)
		for _, processors := range []int{2, 5} {
			if got := handedOut(t, shape, processors); !bytes.Equal(got, want) {
				t.Errorf("%s: %d processors say otherwise than one", shape, processors)
			}
		}
	}
}

// handedOut is all that is handed out of a shape, in its order.
func handedOut(t *testing.T, shape string, processors int) []byte {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	var all bytes.Buffer
	out := json.NewEncoder(&all)
	each := func(c *report.Connection) error { return out.Encode(c) }
	rep, err := analyze.Run(context.Background(), analyze.Input{Source: generated(t, shape, 6_000)}, analyze.Options{Each: each})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Encode(rep); err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}
