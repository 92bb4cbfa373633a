package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

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

// crossing is a stage whose cable holds the client's nth segment of data back until the server's FIN has come into the cable, the
// FIN until that segment has, and the RST that the segment meets until the client has read the FIN and closed: they cross however
// late a busy machine lets each program act, and no kernel repeats a segment meanwhile.
func crossing(n int, at string) *Stage {
	data := fmt.Sprintf("data %d", n)
	return &Stage{Topology: lab.Direct, At: at, Arrange: unhurried,
		Cable: []string{"hold c2s " + data + " for s2c fin", "hold s2c fin for c2s " + data, "hold s2c rst for c2s fin"}}
}

// patient lets a host wait two seconds in place of 200 ms before it repeats a segment, so that nothing is repeated because a
// busy machine was late.
func patient(host string) Arrangement { return slowTimer(host, 2*time.Second) }

// slowTimer sets the least that a host waits before it repeats a segment, 200 ms by default. Linux has the setting since 6.11.
func slowTimer(host string, wait time.Duration) Arrangement {
	a := sysctl(host, "net.ipv4.tcp_rto_min_us", strconv.FormatInt(wait.Microseconds(), 10))
	set := a.Do
	a.Do = func(h *lab.Host) error {
		if err := set(h); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return a
}

// noProbe lets a host send no tail loss probe (RFC 8985, 7), which comes after two round trips.
func noProbe(host string) Arrangement { return sysctl(host, "net.ipv4.tcp_early_retrans", "0") }

// unhurried arranges for hosts that repeat nothing because the other one is late.
func unhurried(Params) []Arrangement {
	return []Arrangement{patient("client"), noProbe("client"), patient("server"), noProbe("server")}
}

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
