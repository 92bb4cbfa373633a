package scenario

import "tcplab/session/lab"

// ScaleStripped has a box that takes window scaling out of the answer alone.
var ScaleStripped = &Scenario{
	Name:  "wscale-stripped",
	Title: "A box removes window scaling from the SYN,ACK: the server scales, the client does not",
	Teaches: "Both ends must have agreed to scale (RFC 7323, 2.2). The server believes they have and shifts its windows; the client takes them as they stand, for tiny " +
		"ones, and sends a few hundred bytes at a time.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "wscale-stripped",
	Defaults: Params{Port: 8080, Backlog: 3, Buffer: 64 << 10, Size: 3000},
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"delay both 2ms", "strip wscale s2c synack"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_rmem", "4096 131072 6291456")} // which decides by how much it shifts
	}},
	Actors: upload,
	Expect: uploaded("wscale-stripped"),
}
