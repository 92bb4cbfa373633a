package bind

import (
	"strings"
	"syscall"
	"testing"

	"tcplab/analyze/diagnose"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// A listener that its program had closed when bind() failed is not what was in the way, though an earlier table shows it.
func TestAListenerThatWasClosedIsNotInTheWay(t *testing.T) {
	const at = `{sa_family=AF_INET, sin_port=htons(7414), sin_addr=inet_addr("127.0.0.1")}, 16`
	made := func(n uint32, op string, fd int, args string, errno syscall.Errno) calls.Call {
		return calls.Call{Number: n, Actor: "server", PID: 9, Op: op, FD: fd, Args: args, Errno: errno, Begin: capture.Stamp(10 * n)}
	}
	list := []calls.Call{made(1, "bind", 3, "3, "+at, 0), made(2, "close", 3, "3", 0), made(3, "bind", 4, "4, "+at, syscall.EADDRINUSE)}
	table := func(taken capture.Stamp, s hostfacts.Socket) hostfacts.Facts {
		return hostfacts.Facts{Taken: taken, Sockets: []hostfacts.Socket{s}}
	}
	listener := hostfacts.Socket{Proto: "tcp", Local: "127.0.0.1:7414", State: "LISTEN", PID: 9, Process: "web"}
	old := hostfacts.Socket{Proto: "tcp", Local: "127.0.0.1:7414", Remote: "127.0.0.1:41000", State: "TIME-WAIT", Timer: "59"}
	for _, test := range []struct {
		facts []hostfacts.Facts
		want  string
	}{
		{[]hostfacts.Facts{table(15, listener), table(99, old)}, "TIME-WAIT, 59 s left"},
		{[]hostfacts.Facts{table(25, listener), table(99, old)}, "listens on it"}, // another process has a copy of it
	} {
		c := &diagnose.Case{Call: &list[2], Calls: list, Facts: test.facts}
		if v := inUse(c); !strings.Contains(strings.Join(v.Evidence, "\n"), test.want) {
			t.Errorf("evidence %q, want %q", v.Evidence, test.want)
		}
	}
}
