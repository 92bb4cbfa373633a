package scenario_test

import (
	"errors"
	"net/netip"
	"os"
	"testing"

	"tcplab/session"
	"tcplab/session/lab"
	"tcplab/session/scenario"
)

// twoHosts makes a lab of a client and a server joined by a cable.
func twoHosts(t *testing.T) *lab.Lab {
	t.Helper()
	if lab.NeedsSeal() {
		t.Skip("network namespaces need root here")
	}
	l, err := lab.New(lab.Config{Topology: lab.Direct})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// TestOnTwoHosts runs scenarios with client and server in network namespaces of their own.
func TestOnTwoHosts(t *testing.T) {
	l := twoHosts(t)
	server, err := l.Host("server")
	if err != nil {
		t.Fatal(err)
	}
	hooks := session.Hooks{Snapshot: snapshot, Enter: func(name string) error {
		h, err := l.Host(name)
		if err != nil {
			return err
		}
		return h.Enter()
	}}
	before := namespace(t, "thread-self") // the first thread of all may have entered a host, and is never used again
	for _, s := range []*scenario.Scenario{scenario.Hello, scenario.ClosedPort, scenario.Unread, scenario.KillUnread, scenario.Concurrent} {
		for _, variant := range append([]string{""}, s.Variants...) {
			p, err := s.Complete(scenario.Params{Addr: server.V4, Variant: variant})
			if err != nil {
				t.Fatal(err)
			}
			plan := s.Plan(p)
			plan.Place("client", "server")
			r, err := session.Run(t.Context(), plan, hooks)
			if err != nil {
				t.Errorf("%s %s: %v", s.Name, variant, err)
			}
			for _, c := range s.Expect(p) {
				if seen, ok := c.Check(r, nil); !ok {
					t.Errorf("%s %s: %s: %s", s.Name, variant, c.Text, seen)
				}
			}
			if from := clientAddr(r); from == server.V4 {
				t.Errorf("%s %s: the client connected from the server's address", s.Name, variant)
			}
		}
	}
	if after := namespace(t, "thread-self"); after != before {
		t.Errorf("this thread was in %s and is now in %s", before, after)
	}
}

// clientAddr is the address that the client's first connection came from, the zero Addr when there was none.
func clientAddr(r *session.Result) netip.Addr {
	for _, c := range r.Calls {
		if from, err := netip.ParseAddrPort(c.Local); err == nil && c.Actor == "client" && c.Op == "connect" {
			return from.Addr()
		}
	}
	return netip.Addr{}
}

func namespace(t *testing.T, pid string) string {
	t.Helper()
	name, err := os.Readlink("/proc/" + pid + "/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestNoLabNoHost: a plan that names a host cannot run without one, and leaves nothing behind.
func TestNoLabNoHost(t *testing.T) {
	p, err := scenario.Hello.Complete(scenario.Params{FreePort: true})
	if err != nil {
		t.Fatal(err)
	}
	plan := scenario.Hello.Plan(p)
	plan.Place("here", "there")
	refused := errors.New("the door is shut")
	for _, hooks := range []session.Hooks{{}, {Enter: func(string) error { return refused }}} {
		r, err := session.Run(t.Context(), plan, hooks)
		if err == nil || hooks.Enter != nil && !errors.Is(err, refused) {
			t.Errorf("error %v", err)
		}
		if len(r.Calls) > 0 || len(r.Exits) > 0 {
			t.Errorf("%d calls and %d actors without a host", len(r.Calls), len(r.Exits))
		}
	}
}
