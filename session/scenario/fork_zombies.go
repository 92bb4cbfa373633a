package scenario

import "tcplab/session"

// ForkZombies serves as concurrency-3 does by fork, and never waits for its children.
var ForkZombies = &Scenario{
	Name:  "fork-zombies",
	Title: "A server forks for each client and never waits for its children: zombies",
	Teaches: "The connections are served and closed, the wire is that of any fork server. What is left of each child is its entry in the process table, until the " +
		"parent asks for its status with wait or ends: after some thousand clients fork itself fails. SIGCHLD set to SIG_IGN lets the kernel forget them.",
	Topic:    Concurrency,
	Seeds:    []string{"001"},
	Defaults: Params{Port: 12345, Message: "hello", Reply: "welcome", Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		p.Variant = "fork"
		scripts := Concurrent.Actors(p)
		server := scripts[0].Steps
		for i := range server {
			if server[i].Op == session.Wait().Op {
				server[i] = session.Unreaped()
			}
		}
		return scripts
	},
	Expect: func(p Params) []Claim {
		claims := []Claim{ends("server", 0), ends("client", 0), ends("client2", 0), ends("client3", 0), counts("server", "accept", 3)}
		for _, n := range []string{"4", "5", "6"} {
			claims = append(claims, shows("a child is a zombie", "actors["+n+"].zombie", "true"))
		}
		return claims
	},
}
