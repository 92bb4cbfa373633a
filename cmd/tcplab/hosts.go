package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcplab/capture/hostfacts"
	"tcplab/capture/live"
	"tcplab/session"
	"tcplab/session/lab"
	"tcplab/session/lab/cable"
	"tcplab/session/scenario"
)

// hosts is the lab that a trace asks for: two hosts instead of one, and what the cable between them does.
type hosts struct {
	command  string // whose errors these are
	topology string // "" for none
	rules    []string
	at       string // where to capture: "client", "server", "both", or what stands between: "router", "bridge"
	ipv6     bool
	snaplen  int             // bytes of each packet to capture, 0 for all
	stage    *scenario.Stage // what the scenario itself brings, nil for nothing
	lab      *lab.Lab
}

// labFilter adds what has no port to the capture in a lab, where all of it belongs to the run: who asks for whose address.
const labFilter = " or arp"

// labSilence ends a capture in a lab: longer than any delay a lesson needs between two packets that belong together.
const labSilence = 300 * time.Millisecond

// topologies are the words of --hosts: what stands between client and server, or how many hosts there are.
var topologies = map[string]lab.Topology{"direct": lab.Direct, "2": lab.Direct, "routed": lab.Routed, "router": lab.Routed, "bridge": lab.Bridge}

// captureEnds are the words of --at, and middle says which of them is a host between, and in which topology.
var (
	captureEnds = []string{"client", "server", "both", "router", "bridge"}
	middle      = map[string]lab.Topology{"router": lab.Routed, "bridge": lab.Bridge}
)

// register adds the flags of a lab to c.
func (h *hosts) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&h.topology, "hosts", "", "run on two hosts of a lab: `topology` direct (or 2: one cable), routed (or router) or bridge")
	f.StringArrayVar(&h.rules, "cable", nil, "`rule` for the cable between two hosts, or @FILE of rules: \"drop c2s data 1 once\"")
	f.StringVar(&h.at, "at", "", "with --hosts, capture at this `end`: client, server, both, or between at the router or bridge (default: client)")
	offer(c, "hosts", "direct", "routed", "bridge")
	offer(c, "at", captureEnds...)
}

// take makes the lab that of a scenario, where it brings one. What plays on one cable plays with a router behind it as well.
func (h *hosts) take(s *scenario.Scenario) error {
	if h.stage = s.Stage; h.stage == nil {
		return nil
	}
	asked := topologies[h.topology]
	switch {
	case asked == h.stage.Topology || asked == lab.Routed && h.stage.Topology == lab.Direct:
	case h.topology != "":
		return usage("leave --hosts away", "trace: scenario %s plays on --hosts %s", s.Name, h.stage.Topology)
	default:
		h.topology = string(h.stage.Topology)
	}
	return nil
}

// check refuses what no lab can be made of, before any is.
func (h *hosts) check() error {
	help := "tcplab " + h.command + " --help shows the flags and examples"
	const leastSnaplen = 128 // the longest headers of Ethernet, IPv6 and TCP
	switch {
	case h.snaplen != 0 && h.snaplen < leastSnaplen:
		return usage(help, "%s: --snaplen %d cuts headers: %d bytes hold them", h.command, h.snaplen, leastSnaplen)
	case h.topology == "" && len(h.rules) > 0:
		return usage("add --hosts direct", "%s: --cable needs two hosts", h.command)
	case h.topology != "" && topologies[h.topology] == "":
		return usage(help, "%s: --hosts %q is not direct, routed or bridge", h.command, h.topology)
	case h.at != "" && !slices.Contains(captureEnds, h.at):
		return usage(help, "%s: --at %q is not client, server, both, router or bridge", h.command, h.at)
	case middle[h.at] != "" && topologies[h.topology] != middle[h.at]:
		return usage("add --hosts "+string(middle[h.at]), "%s: no %s stands between the hosts", h.command, h.at)
	}
	_, err := h.script()
	return err
}

// script joins the rules of the cable; one that begins with @ names a file of rules.
func (h *hosts) script() (*cable.Script, error) {
	var lines []string
	if h.stage != nil {
		lines = slices.Clone(h.stage.Cable)
	}
	for _, rule := range h.rules {
		if path, ok := strings.CutPrefix(rule, "@"); ok {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, unreadable(path, err)
			}
			rule = string(text)
		}
		lines = append(lines, rule)
	}
	if len(lines) == 0 {
		return nil, nil
	}
	script, err := cable.Parse(strings.Join(lines, "\n"))
	if err != nil {
		return nil, usage("for example --cable 'delay both 20ms' --cable 'drop c2s data 1 once'", "%s: %w", h.command, err)
	}
	return script, nil
}

// build makes the lab and returns the server's address.
func (h *hosts) build() (netip.Addr, error) {
	script, err := h.script()
	if err != nil {
		return netip.Addr{}, err
	}
	if h.lab, err = lab.New(lab.Config{Topology: topologies[h.topology], Cable: script, Twin: h.stage != nil && h.stage.Twin}); err != nil {
		return netip.Addr{}, failed(fmt.Errorf("%s: --hosts: %w", h.command, err), "without --hosts both ends run on this machine")
	}
	server, err := h.lab.Host("server")
	if err != nil {
		return netip.Addr{}, err
	}
	if h.ipv6 || h.stage != nil && h.stage.IPv6 {
		return server.V6, nil
	}
	return server.V4, nil
}

// arrange sets up on the hosts what the scenario needs there.
func (h *hosts) arrange(p scenario.Params) error {
	if h.stage == nil || h.stage.Arrange == nil {
		return nil
	}
	for _, a := range h.stage.Arrange(p) {
		host, err := h.lab.Host(a.Host)
		if err == nil {
			err = a.Do(host)
		}
		if err != nil {
			return failed(fmt.Errorf("trace: arranging the lab: %s: %w", a.Text, err), "")
		}
	}
	return nil
}

// bothEnds reports whether the capture is made at both ends of the cable.
func (h *hosts) bothEnds() bool { return h.at == "both" }

// end is the host at whose end of the cable the capture is made, the first where there are two.
func (h *hosts) end() string {
	if h.bothEnds() {
		return "client"
	}
	if h.stage != nil {
		return cmp.Or(h.at, h.stage.At, "client")
	}
	return cmp.Or(h.at, "client")
}

// enter moves the calling thread into a host.
func (h *hosts) enter(name string) error {
	host, err := h.lab.Host(name)
	if err != nil {
		return err
	}
	return host.Enter()
}

// record starts the capture at one end of the cable.
func (h *hosts) record(end, filter string) (rec *recording, err error) {
	host, err := h.lab.Host(end)
	if err != nil {
		return nil, err
	}
	err = host.Do(func() (err error) {
		rec, err = record(host.Tap(), filter, live.Options{Quiet: labSilence, SnapLen: h.snaplen})
		return err
	})
	if err == nil {
		rec.comes, rec.underway = h.comes, h.lab.Underway
	}
	return rec, err
}

// comes reports whether more of a flow can come within a time: it is in the cable, or a host has a socket that sends and is not cut off.
func (h *hosts) comes(f session.Flow, within time.Duration) bool {
	if h.lab.Underway() {
		return true
	}
	return slices.ContainsFunc(h.lab.Hosts(), func(host *lab.Host) (sends bool) {
		if h.lab.CutOff(host) {
			return false
		}
		err := host.Do(func() error { sends = f.Underway(within); return nil })
		return sends || err != nil
	})
}

// iface is the interface that record captures on.
func (h *hosts) iface() string {
	host, err := h.lab.Host(h.end())
	if err != nil {
		return ""
	}
	return host.Tap()
}

// facts takes the facts of both hosts.
func (h *hosts) facts(when string, targets []netip.Addr) (server, client hostfacts.Facts) {
	take := func(name string) (f hostfacts.Facts) {
		host, err := h.lab.Host(name)
		if err == nil {
			err = host.Do(func() error {
				f = live.Snapshot(live.FactsOptions{Host: name, When: when, Routes: targets, Among: h.lab.Namespaces()})
				return nil
			})
		}
		if err != nil {
			f.Missing = append(f.Missing, hostfacts.Missing{What: "sockets", Why: err.Error()})
		}
		return f
	}
	return take("server"), take("client")
}

// close takes the lab away.
func (h *hosts) close() error {
	if h.lab == nil {
		return nil
	}
	return h.lab.Close()
}
