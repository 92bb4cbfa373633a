package scenario

import (
	"errors"
	"fmt"
	"io/fs"

	"tcplab/session/lab"
)

// Stage is the lab that a scenario plays in: its hosts, what is arranged on them, and what the cable between them does.
type Stage struct {
	Topology lab.Topology
	Cable    []string // the rules of the cable's script; nil is a cable that carries everything
	Twin     bool     // a third host has the server's address too
	IPv6     bool     // the server is asked by its IPv6 address
	At       string   // where the capture shows it best: "client", also when "", or "server"
	// Arrange says what is set up on the hosts before anything runs; nil: nothing.
	Arrange func(Params) []Arrangement
}

// Arrangement is one thing that is set up on a host of the lab.
type Arrangement struct {
	Host string
	Text string // what is done, as an administrator would say it
	Do   func(*lab.Host) error
}

// crossing is a stage whose cable holds the client's nth segment of data back until the server has closed, and the server's
// FIN until that segment has met the closed socket. Both times are long beside what two processes need to act on one event,
// and no kernel repeats a segment meanwhile.
func crossing(n int, at string) *Stage {
	return &Stage{Topology: lab.Direct, At: at, Cable: []string{fmt.Sprintf("delay 150ms c2s data %d", n), "delay 300ms s2c fin", "delay 300ms s2c rst"},
		Arrange: func(Params) []Arrangement { return []Arrangement{patient("client")} }}
}

// patient lets a host wait two seconds in place of 200 ms before it repeats a segment, so that nothing is repeated because a
// busy machine was late. Linux has the setting since 6.11.
func patient(host string) Arrangement {
	const setting, wait = "net.ipv4.tcp_rto_min_us", "2000000"
	a := sysctl(host, setting, wait)
	set := a.Do
	a.Do = func(h *lab.Host) error {
		if err := set(h); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return a
}

// unhurried arranges for hosts that repeat nothing because the other one is late.
func unhurried(Params) []Arrangement { return []Arrangement{patient("client"), patient("server")} }

// on is a stage of two hosts on one cable that follows the rules.
func on(rules ...string) *Stage { return &Stage{Topology: lab.Direct, Cable: rules} }

// guarded is a stage of two hosts where the server's is guarded by a firewall rule for its port: what follows
// "input tcp dport N".
func guarded(rule string) *Stage {
	return &Stage{Topology: lab.Direct, Arrange: func(p Params) []Arrangement {
		return []Arrangement{firewall("server", fmt.Sprintf("input tcp dport %d %s", p.Port, rule))}
	}}
}

// routed is a stage of two networks with a router between.
func routed(arrange ...Arrangement) *Stage {
	return &Stage{Topology: lab.Routed, Arrange: func(Params) []Arrangement { return arrange }}
}

// firewall adds rules to a host's packet filter.
func firewall(host string, rules ...string) Arrangement {
	return Arrangement{host, fmt.Sprintf("nft rules %q", rules), func(h *lab.Host) error { return h.Firewall(rules...) }}
}

// sysctl sets a setting of a host.
func sysctl(host, name, value string) Arrangement {
	return Arrangement{host, "sysctl " + name + "=" + value, func(h *lab.Host) error { return h.Sysctl(name, value) }}
}
