package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// Keys of RFC 2385 that do not fit: BGP routers use such signatures.
var (
	MD5Missing = signed("md5-missing", "", "secret", "The server demands MD5 signatures, the client's SYN has none",
		"The server drops what is not signed, without an answer: to the client it looks like a firewall. Its counter TCPMD5NotFound tells.")
	MD5Mismatch = signed("md5-mismatch", "wrong", "secret", "Client and server sign with different keys",
		"The option is there, but the digest does not fit. Nothing on the wire says which end is wrong; TCPMD5Failure counts on the server.")
	MD5Unexpected = signed("md5-unexpected", "secret", "", "The client signs, the server has no key for it",
		"A signature that was not agreed upon is as bad as a wrong one: dropped, and counted as TCPMD5Unexpected.")
)

// signed is a server and a client with keys; "" is none.
func signed(name, clientKey, serverKey, title, teaches string) *Scenario {
	sign := func(sock string, p Params, key string) []session.Step {
		if key == "" {
			return nil
		}
		peer := p.Addr
		if sock == "listener" {
			peer = lab.Peer(p.Addr)
		}
		return steps(session.SetMD5(sock, peer, key))
	}
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Waiting, Seeds: []string{"000"}, Cause: name, Defaults: refusedDefaults,
		Stage: &Stage{Topology: lab.Direct},
		Actors: func(p Params) []session.Script {
			return []session.Script{
				actor("server", session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1), sign("listener", p, serverKey),
					session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog), idle()),
				actor("client", session.Await("server:ready"), session.Socket("sock", p.Server()), sign("sock", p, clientKey),
					session.SetOption("sock", "TCP_SYNCNT", 1), session.Connect("sock", p.Server())),
			}
		},
		Expect: func(Params) []Claim {
			return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds(name)}
		},
	}
}
