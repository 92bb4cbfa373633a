package main

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"hello", "closed-port", "rst-unread", "rst-linger0", "time"}
	for word, want := range map[string]string{
		"helo": "hello", "hallo": "hello", "closedport": "closed-port", "rst-unraed": "rst-unread", "tmie": "time",
		"rst-linger": "rst-linger0", "completely-else": "", "": "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
