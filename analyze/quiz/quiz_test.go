package quiz_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/quiz"
	"tcplab/capture/script"
)

// Filling the key into the blanks gives the table back, and every kind of field is asked.
func TestKeyFitsTheBlanks(t *testing.T) {
	s, err := script.Parse("test", `
0.000 C > S S  0:0(0) win 64240 <mss 1460>
0.001 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>
0.002 C > S .  1:1(0) ack 1 win 502
0.003 C > S P. 1:6(5) ack 1 win 502 "hello"
0.004 S > C .  1:1(0) ack 6 win 502
0.005 C > S F. 6:6(0) ack 1 win 502
0.006 S > C F. 1:1(0) ack 7 win 502
0.007 C > S .  7:7(0) ack 2 win 502
`)
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyze.Run(context.Background(), analyze.Input{Source: s.Source()}, analyze.Options{Segments: true})
	if err != nil {
		t.Fatal(err)
	}
	c := &r.Connections[0]
	q := quiz.Of(c)
	if len(q.Rows) != 8 || len(q.Blanks) != 7 {
		t.Fatalf("%d rows, %d blanks", len(q.Rows), len(q.Blanks))
	}
	asked := []string{}
	for i, b := range q.Blanks {
		row, column := q.Rows[i+1], slices.Index(q.Columns, b.Field)
		if b.ID != i+1 || row[column] != fmt.Sprintf("[%d]", b.ID) || row[0] != fmt.Sprint(b.Frame) || b.Why == "" {
			t.Errorf("blank %+v in %v", b, row)
		}
		asked = append(asked, b.Field)
		seg := c.Segments[i+1]
		want := map[string]string{"flags": b.Answer, "seq": fmt.Sprint(seg.Seq), "ack": fmt.Sprint(seg.Ack), "client": seg.State.Client, "server": seg.State.Server}
		if b.Answer == "" || b.Answer != want[b.Field] {
			t.Errorf("key %+v, want %s", b, want[b.Field])
		}
	}
	for _, field := range []string{"flags", "seq", "ack", "client", "server"} {
		if !slices.Contains(asked, field) {
			t.Errorf("%s is never asked: %v", field, asked)
		}
	}
	if q.Blanks[5].Field != "flags" || q.Blanks[5].Answer != "FIN,ACK" {
		t.Errorf("blank 6 is %+v", q.Blanks[5])
	}
}
