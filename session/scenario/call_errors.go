package scenario

import (
	"net/netip"

	"tcplab/session"
)

// BindErrors asks for addresses that cannot be had.
var BindErrors = &Scenario{
	Name:     "bind-errors",
	Title:    "bind is refused the address: not of this host, and a second time",
	Teaches:  "EADDRNOTAVAIL: the address belongs to another host. EINVAL: the socket has an address already. Neither has to do with the port being in use.",
	Topic:    Bind,
	Seeds:    []string{"000", "002"},
	Cause:    "bind-errors",
	Defaults: Params{Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		foreign := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), p.Port)
		return []session.Script{actor("server",
			session.Socket("other", foreign), session.Bind("other", foreign).Unchecked(),
			session.Socket("listener", p.Server()), session.Bind("listener", p.Server()), session.Bind("listener", p.Any()).Unchecked())}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "bind", "EADDRNOTAVAIL"), fails("server", "bind", "EINVAL"), ends("server", 0), finds("bind-errors")}
	},
}

// CallErrors makes calls in the wrong order and looks at no result, as three of the handouts' programs do.
var CallErrors = &Scenario{
	Name:  "socket-call-errors",
	Title: "Calls in the wrong order: accept before listen, connect on a listener, recv on nothing",
	Teaches: "Each call says what is wrong, to whoever looks: EINVAL, EISCONN, ENOTCONN, EBADF. Without a look the program goes on, prints an empty message and " +
		"exits with status 0.",
	Topic:    Bind,
	Seeds:    []string{"001", "002"},
	Cause:    "socket-call-errors",
	Defaults: Params{Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server",
			session.Socket("listener", p.Server()), session.Bind("listener", p.Server()), session.Accept("listener", "conn").Unchecked(),
			session.Recv("conn", p.Buffer).Unchecked(), session.Listen("listener", p.Backlog), session.Connect("listener", p.Server()).Unchecked(),
			session.Recv("listener", p.Buffer).Unchecked(), session.Close("listener"))}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "accept", "EINVAL"), fails("server", "recv", "EBADF"), fails("server", "connect", "EISCONN"),
			fails("server", "recv", "ENOTCONN"), ends("server", 0), finds("socket-call-errors")}
	},
}
