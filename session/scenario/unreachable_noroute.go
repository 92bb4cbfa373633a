package scenario

// NoRoute asks for a network that the router does not know.
var NoRoute = &Scenario{
	Name:  "unreachable-noroute",
	Title: "The router has no route to the network and says so",
	Teaches: "The client has a route: to its router. The router answers with ICMP network unreachable, and connect gives ENETUNREACH. Ask " +
		"the sender of the ICMP error, not the client.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "router-no-route",
	Defaults: elsewhere,
	Stage:    routed(),
	Actors:   alone,
	Expect:   func(Params) []Claim { return append(unreached("ENETUNREACH"), finds("router-no-route")) },
}
