package bind

import (
	"syscall"

	"tcplab/analyze/diagnose"
	"tcplab/capture/calls"
)

// Errors: bind() was refused for what was asked, not because of another socket.
var Errors = &diagnose.Rule{
	ID: "bind-errors", Title: "bind() refuses the address", Symptom: diagnose.Bind, Local: true, Needs: diagnose.ServerCalls,
	Cause:      "The port is privileged, the address is none of this host, or the socket is bound already.",
	Fix:        "ip -br addr; sysctl net.ipv4.ip_unprivileged_port_start",
	Refs:       []string{"bind(2)", "ip-sysctl ip_unprivileged_port_start"},
	Scenario:   "bind-errors",
	LookAlikes: []string{"bind-in-use"},
	Judge:      bindErrors,
}

// refusals are the errors of bind(), each with its words and its way out.
var refusals = map[syscall.Errno][2]string{
	syscall.EACCES: {"the port is privileged: below net.ipv4.ip_unprivileged_port_start",
		"use a port from 1024 on, or allow it:  sudo setcap cap_net_bind_service=+ep PROGRAM; sysctl net.ipv4.ip_unprivileged_port_start"},
	syscall.EPERM: {"a policy forbids to bind the port", "ausearch -m avc -ts recent; journalctl -k"},
	syscall.EADDRNOTAVAIL: {"the address is none of this host",
		"ip -br addr;  bind 0.0.0.0 or [::] for every address; a fresh IPv6 address needs a second (DAD)"},
	syscall.EINVAL:       {"the socket is bound already, or the address lacks its scope", "bind a socket once; fe80:: addresses need their interface (scope id)"},
	syscall.EAFNOSUPPORT: {"the address is not of the socket's family", "create the socket with AF_INET6 for IPv6 addresses, AF_INET for IPv4"},
}

func bindErrors(c *diagnose.Case) diagnose.Verdict {
	words, ok := refusals[c.Call.Errno]
	if c.Call.Op != "bind" || !ok {
		return diagnose.Ruled("bind() did not refuse the address itself")
	}
	return diagnose.Verdict{Level: diagnose.Certain, Why: words[0], Title: "bind() fails: " + words[0],
		Evidence: []string{diagnose.CallText(c.Call)}, Calls: []uint32{c.Call.Number}, Fix: words[1]}
}

// AcceptEMFILE: the program has no descriptor left for the connection that waits.
//
// The kernel goes on completing handshakes, so clients connect and get no answer.
var AcceptEMFILE = &diagnose.Rule{
	ID: "accept-emfile", Title: "accept() fails: the program has used up its file descriptors", Symptom: diagnose.Bind, Local: true,
	Needs: diagnose.ServerCalls,
	Cause: "The limit of open files is reached, often because closed connections are never close()d. Clients connect and wait for ever.",
	Fix:   "count them and find the leak:  ls /proc/PID/fd | wc -l; ss -tanp state close-wait;  raise the limit: ulimit -n",
	Refs:  []string{"accept(2)", "getrlimit(2)"}, Scenario: "accept-emfile", LookAlikes: []string{"socket-call-errors"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		if c.Call.Errno != syscall.EMFILE && c.Call.Errno != syscall.ENFILE {
			return diagnose.Ruled("the call did not fail for want of descriptors")
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "no descriptor left", Title: c.Call.Op + "() fails: the program has used up its file descriptors", Evidence: []string{diagnose.CallText(c.Call)}, Calls: []uint32{c.Call.Number}}
	},
}

// SocketCallErrors: a call was made in the wrong order, or on the wrong kind of socket.
var SocketCallErrors = &diagnose.Rule{
	ID: "socket-call-errors", Title: "a socket call was made in the wrong order or on the wrong socket", Symptom: diagnose.Bind, Local: true,
	Needs: diagnose.ServerCalls,
	Cause: "Nothing is wrong on the network: the program's own calls contradict each other.",
	Fix:   "check the order socket, bind, listen, accept, and the result of each:  strace -f -e trace=network PROGRAM",
	Refs:  []string{"RFC 9293 3.9.1"}, Scenario: "socket-call-errors", LookAlikes: []string{"bind-errors"},
	Judge: socketCallErrors,
}

var misuse = map[syscall.Errno]string{
	syscall.EOPNOTSUPP: "the socket is not of type SOCK_STREAM", syscall.EINVAL: "the socket is not in the state that the call needs",
	syscall.EISCONN: "the socket is connected already, or listening", syscall.EALREADY: "an earlier connect() is still under way",
	syscall.ENOTSOCK: "the descriptor is no socket", syscall.EBADF: "the descriptor is not open", syscall.EDESTADDRREQ: "the socket has no address",
	syscall.EFAULT: "an argument points nowhere", syscall.ENOPROTOOPT: "the option does not exist at this level",
}

func socketCallErrors(c *diagnose.Case) diagnose.Verdict {
	words, ok := misuse[c.Call.Errno]
	switch {
	case !ok:
		return diagnose.Ruled("the error is not one of wrong use")
	case c.Call.Op == "bind", c.Call.Op == "connect" && c.Call.Errno == syscall.EINVAL:
		return diagnose.Ruled("the address is what was refused")
	}
	v := diagnose.Verdict{Level: diagnose.Certain, Why: words, Title: c.Call.Op + "() was misused: " + words,
		Evidence: []string{diagnose.CallText(c.Call)}, Calls: []uint32{c.Call.Number}}
	if used := usedAfter(c); used != nil {
		v.Severity = "note"
		v.Evidence = append(v.Evidence, "the program does without the option: its "+used.Op+"() succeeds (call "+diagnose.Num(used.Number)+")")
	}
	return v
}

// usedAfter is the call by which a program put a socket to use although an option was refused before, nil when it did not.
func usedAfter(c *diagnose.Case) *calls.Call {
	if c.Call.Op != "setsockopt" {
		return nil
	}
	for i := range c.Calls {
		call := &c.Calls[i]
		isLater := call.Number > c.Call.Number && call.PID == c.Call.PID && call.Actor == c.Call.Actor && call.FD == c.Call.FD
		if isLater && call.Errno == 0 && (call.Op == "listen" || call.Op == "connect") {
			return call
		}
	}
	return nil
}
