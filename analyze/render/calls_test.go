package render

import (
	"testing"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

func TestCallsForPeople(t *testing.T) {
	for _, row := range []struct{ op, args, whole, begin string }{
		{"connect", `3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16`,
			"connect(3, 127.0.0.1:8080)", "connect(3, 127.0.0.1:8080) …"},
		{"bind", `3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28`,
			"bind(3, [::1]:80)", "bind(3, [::1]:80) …"},
		{"accept", `3, {sa_family=AF_INET, sin_port=htons(41992), sin_addr=inet_addr("127.0.0.1")}, [16]`,
			"accept(3, 127.0.0.1:41992)", "accept(3) …"},
		{"recv", `4, "a \"b\", c", 1024, 0`, `recv(4, "a \"b\", c", 1024, 0)`, "recv(4, 1024, 0) …"},
		{"getsockopt", "4, SOL_TCP, TCP_INFO, {tcpi_state=1, tcpi_rtt=2}, [104]", "getsockopt(4, SOL_TCP, TCP_INFO, {…}, [104])",
			"getsockopt(4, SOL_TCP, TCP_INFO, {…}, [104]) …"},
	} {
		c := &report.Call{Op: row.op, Args: row.args}
		if got := callText(c); got != row.whole {
			t.Errorf("got %s, want %s", got, row.whole)
		}
		if got := beginText(c); got != row.begin {
			t.Errorf("got %s, want %s", got, row.begin)
		}
	}
}

func TestShortenedCallsKeepLengthAndResult(t *testing.T) {
	const text = `send(3, "{\"from\":\"client\",\"text\":\"Hello\"}\n", 45) = 45`
	for width := 30; width < 60; width++ {
		got := fitCall(text, width)
		if texttab.Width(got) > width || got[len(got)-len(", 45) = 45"):] != ", 45) = 45" {
			t.Errorf("at %d: %s", width, got)
		}
	}
	if got, want := fitCall("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0", 40), "setsockopt(3, SOL_SOCKET, SO_REUSE…) = 0"; got != want {
		t.Errorf("without a text: %s, want %s", got, want)
	}
	if got, want := fitCall("… accept = 4, from [2001:db8::1]:40000", 20), "… accept = 4, from …"; got != want {
		t.Errorf("without parentheses: %s, want %s", got, want)
	}
}
