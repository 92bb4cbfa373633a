package diagnose

import (
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"tcplab/analyze/flow"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// callIndex are the calls of each end on this connection, by the position in Case.Calls.
type callIndex struct {
	of [2][]*calls.Call
}

// CallsOf are the calls that end made on this connection, in order; nil for a plain capture.
func (c *Case) CallsOf(end flow.Dir) []*calls.Call {
	if len(c.Calls) == 0 {
		return nil
	}
	if c.calls == nil {
		c.calls = &callIndex{}
		c.indexCalls()
	}
	return c.calls.of[end]
}

func (c *Case) indexCalls() {
	owner := map[descriptor]flow.Dir{}
	for i := range c.Calls {
		call := &c.Calls[i]
		if end, ok := c.endOf(call); ok {
			owner[descriptorOf(call)] = end
		}
	}
	// A socket's options are often set before it has a peer: those calls belong to it by their descriptor.
	for i := range c.Calls {
		call := &c.Calls[i]
		end, ok := c.endOf(call)
		if !ok && call.Remote == "" && call.Op == "setsockopt" {
			end, ok = owner[descriptorOf(call)]
		}
		if ok {
			c.calls.of[end] = append(c.calls.of[end], call)
		}
	}
}

// descriptor names a socket of an actor.
type descriptor struct {
	actor   string
	pid, fd int
}

// descriptorOf is what a call is about. The threads of a process, "server/1" and "server/2", share its descriptors.
func descriptorOf(call *calls.Call) descriptor {
	actor, _, _ := strings.Cut(call.Actor, "/")
	if strings.HasPrefix(call.Op, "accept") {
		return descriptor{actor, call.PID, call.N}
	}
	return descriptor{actor, call.PID, call.FD}
}

// endOf says which end of the connection made the call, by the addresses of its socket.
func (c *Case) endOf(call *calls.Call) (flow.Dir, bool) {
	server, client := c.Server(), c.Client()
	local, _ := netip.ParseAddrPort(call.Local)
	remote, _ := netip.ParseAddrPort(call.Remote)
	switch {
	case !remote.IsValid():
	case remote == server && mayBe(local, client) && (local == client || c.during(call)):
		return flow.ToServer, true
	case remote == client && mayBe(local, server):
		return flow.ToClient, true
	}
	return 0, false
}

// mayBe reports whether a socket whose address is recorded as local was that of end. A connect() that failed gives its
// address back: Linux 6.18 then shows 0.0.0.0 and the port, other kernels nothing.
func mayBe(local, end netip.AddrPort) bool {
	return local == end || local.Port() == 0 || local.Port() == end.Port() && local.Addr().IsUnspecified()
}

// during reports whether a call without its full local address can be of this connection: it had not ended when the
// connection began.
func (c *Case) during(call *calls.Call) bool {
	return c.Conv == nil || call.End == 0 || call.End >= c.Conv.First
}

// Called reports whether calls of end are on record.
func (c *Case) Called(end flow.Dir) bool { return len(c.CallsOf(end)) > 0 }

// ConnectCall is the client's connect(), nil when it was not recorded.
func (c *Case) ConnectCall() *calls.Call {
	for _, call := range c.CallsOf(flow.ToServer) {
		if call.Op == "connect" {
			return call
		}
	}
	return nil
}

// Listening is the listen() of the run that had the server's port open when the client knocked, nil when there is none.
func (c *Case) Listening() *calls.Call {
	var open *calls.Call
	server := c.Server()
	for i := range c.Calls {
		call := &c.Calls[i]
		if c.Conv != nil && call.Begin > c.Conv.First {
			break
		}
		local, err := netip.ParseAddrPort(call.Local)
		switch {
		case call.Op == "listen" && call.Errno == 0 && err == nil && local.Port() == server.Port() &&
			(local.Addr().Unmap() == server.Addr() || local.Addr().IsUnspecified()):
			open = call
		case call.Op == "close" && open != nil && call.PID == open.PID && call.FD == open.FD:
			open = nil
		}
	}
	return open
}

// FailedCall is the first call of end on this connection that failed for what the network did, nil when there is none.
func (c *Case) FailedCall(end flow.Dir) *calls.Call {
	for _, call := range c.CallsOf(end) {
		switch call.Errno {
		case 0, syscall.EINPROGRESS, syscall.EAGAIN, syscall.EINTR, syscall.EALREADY, syscall.ENOTCONN:
			continue
		}
		return call
	}
	return nil
}

// SeenBy is what a failed call tells its program: "connect: ECONNREFUSED".
func SeenBy(call *calls.Call) string { return call.Op + ": " + calls.ErrnoName(call.Errno) }

// Unread is how many bytes reached end's kernel without its program having read them; false when its calls were not
// recorded.
func (c *Case) Unread(end flow.Dir) (uint64, bool) {
	list := c.CallsOf(end)
	if len(list) == 0 {
		return 0, false
	}
	arrived := c.Conv.Half[end.Other()].UniqueBytes
	for _, call := range list {
		if calls.Receives(call.Op) && call.N > 0 {
			arrived -= min(arrived, uint64(call.N))
		}
	}
	return arrived, true
}

// Signalled is the kill() of the run that sent signal to the program at end, nil when there is none.
func (c *Case) Signalled(end flow.Dir, signal string) *calls.Call {
	pid := 0
	for _, call := range c.CallsOf(end) {
		pid = call.PID
	}
	want := strconv.Itoa(pid) + ", " + signal
	for i := range c.Calls {
		if call := &c.Calls[i]; call.Op == "kill" && call.Args == want && call.Errno == 0 {
			return call
		}
	}
	return nil
}

// Exit is how the program at end ended, nil when that is not known.
func (c *Case) Exit(end flow.Dir) *capture.ActorExit {
	calls := c.CallsOf(end)
	for i := range c.Exits {
		if len(calls) > 0 && c.Exits[i].PID == calls[0].PID {
			return &c.Exits[i]
		}
	}
	return nil
}

// Closed is the close() of end on this connection, nil when none was recorded.
func (c *Case) Closed(end flow.Dir) *calls.Call {
	for _, call := range c.CallsOf(end) {
		if call.Op == "close" || call.Op == "shutdown" {
			return call
		}
	}
	return nil
}
