package render

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A page of many connections is made while they come: what is kept of them does not grow, and the page is the one that the whole
// report makes, in whichever order they ended.
func TestPagesStreamInBoundedMemory(t *testing.T) {
	r := crowd(3 * mostConnections)
	for i := range r.Connections {
		c := &r.Connections[i]
		c.Findings = slices.Clone(c.Findings)
		for j := range c.Findings { // each its own: what is kept must be the gravest all the same
			c.Findings[j].Severity = []string{"note", "warning", "note", "error"}[i%4]
		}
	}
	for _, f := range []Format{HTML, Markdown} {
		var whole, streamed bytes.Buffer
		o := Options{Conn: -1}
		if err := f.Write(&whole, r, o); err != nil {
			t.Fatal(err)
		}
		s := f.Stream(&streamed, o).(*excerptStream)
		order := rand.New(rand.NewPCG(1, 2))
		late := r.Connections[:100]
		for _, i := range order.Perm(len(late)) {
			if err := s.Connection(&late[i]); err != nil {
				t.Fatal(err)
			}
		}
		for i := range r.Connections[len(late):] {
			if err := s.Connection(&r.Connections[len(late)+i]); err != nil {
				t.Fatal(err)
			}
		}
		for _, kept := range s.x.gravest.kept {
			if len(kept) > mostFindings+len(s.x.gravest.known) {
				t.Errorf("%s keeps %d findings of a kind", f.Name, len(kept))
			}
		}
		if len(s.x.rows) > mostConnections || len(s.x.drawn) > s.x.ladders {
			t.Errorf("%s keeps %d connections and the segments of %d", f.Name, len(s.x.rows), len(s.x.drawn))
		}
		end := *r
		end.Connections = nil
		if err := s.Finish(&end); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(whole.String(), "4000 connections more"); n != 1 {
			t.Errorf("%s says %d times what the table leaves out", f.Name, n)
		}
		if f.Name == HTML.Name { // which ladders are drawn depends on who ended first
			continue
		}
		if whole.String() != streamed.String() {
			t.Errorf("%s of %d connections streamed is not what is written at once", f.Name, len(r.Connections))
		}
	}
}
