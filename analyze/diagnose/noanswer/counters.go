package noanswer

import (
	"cmp"
	"strings"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
)

// byCounter makes the rule of a silent drop that only a counter of the server's host shows.
func byCounter(id, title, cause, fix, counter, reason string, fits func(*diagnose.Case) string, refs ...string) *diagnose.Rule {
	var kernel []diagnose.Reason
	if reason != "" {
		kernel = []diagnose.Reason{diagnose.Dropped(reason).Surely()}
	}
	return &diagnose.Rule{
		ID: id, Title: title, Symptom: diagnose.NoAnswer, Needs: diagnose.HostFacts, Cause: cause, Fix: fix, Refs: refs, Scenario: id, Kernel: kernel,
		LookAlikes: []string{"syn-dropped", "accept-queue-full"},
		Judge: func(c *diagnose.Case) diagnose.Verdict {
			if why := unanswered(c); why != "" {
				return diagnose.Ruled(why)
			}
			if why := fits(c); why != "" {
				return diagnose.Ruled(why)
			}
			n := c.Grew(counter)
			switch {
			case n == 0 && reason != "" && c.SaidDrop(diagnose.Dropped(reason)) != nil:
				return diagnose.Verdict{Level: diagnose.Strong, Why: "the kernel dropped it for this reason", Evidence: silence(c), Frames: synFrames(c),
					Calls: connectCalls(c), ClientSees: giveUp(c)}
			case n > 0:
				return diagnose.Verdict{Level: counted(c, counter), Why: "the kernel counted it",
					Evidence: append(silence(c), counter+" grew by "+diagnose.Num(n)+" on the server's host (counters)"),
					Frames:   synFrames(c), Calls: connectCalls(c), ClientSees: giveUp(c)}
			case len(c.ServerFacts()) > 1:
				return diagnose.Ruled(counter + " did not grow on the server's host (counters)")
			}
			for _, sig := range [...]*signature{&ao, &md5} {
				if sig.in(c) && strings.HasPrefix(reason, sig.reasons) {
					return diagnose.Open("the SYN is signed (" + sig.name + "), and a server whose key differs, or that has none, is silent; its counter " + counter + " would decide")
				}
			}
			return diagnose.Unjudged("the counter " + counter + " of the server's host, before and after: nstat -az")
		},
	}
}

// counted is how sure a counter is of its cause. ListenDrops counts every SYN that a listener throws away; only where no cookies
// are sent is a full queue among the reasons (tcp_conn_request in net/ipv4/tcp_input.c).
func counted(c *diagnose.Case, counter string) diagnose.Level {
	if counter == listenDrops && cookies(c) == "" {
		return diagnose.Likely
	}
	return diagnose.Certain
}

const listenDrops = "TcpExt.ListenDrops"

// cookies is the setting net.ipv4.tcp_syncookies of the server's host, "" when it is not known.
func cookies(c *diagnose.Case) (setting string) {
	for _, f := range c.ServerFacts() {
		setting = cmp.Or(strings.TrimSpace(f.Sysctls["net.ipv4.tcp_syncookies"]), setting)
	}
	return setting
}

// unroutable is how many SYNs the listener threw away although its queues had room or cookies: it could make no answer.
func unroutable(c *diagnose.Case) uint64 {
	if n := cookies(c); n == "" || n == "0" || c.Grew("TcpExt.ListenOverflows") > 0 {
		return 0
	}
	return c.Grew(listenDrops)
}

func every(*diagnose.Case) string { return "" }

// signature is an option that signs segments: its name, how the kernel's reasons for it begin, and what it is called as an option.
type signature struct {
	option        wire.OptionSet
	name, reasons string
	article, text string
}

var (
	md5 = signature{wire.HasMD5, "TCP MD5", "TCP_MD5", "an", "MD5"}
	ao  = signature{wire.HasAO, "TCP-AO", "TCP_AO", "a", "TCP-AO"}
)

func (s *signature) in(c *diagnose.Case) bool { return c.SYN().Options&s.option != 0 }

// signed and unsigned say what speaks against a SYN with the signature, or without it; "" when nothing does.
func (s *signature) signed(c *diagnose.Case) string {
	if !s.in(c) {
		return "the SYN has no " + s.text + " option"
	}
	return ""
}

func (s *signature) unsigned(c *diagnose.Case) string {
	if s.in(c) {
		return "the SYN has " + s.article + " " + s.text + " option"
	}
	return ""
}

// Causes of silence that a counter proves.
var (
	SynQueueFull = byCounter("syn-queue-full", "the server's queue of half-open connections is full: SYNs are dropped",
		"A flood, or many clients at once, with net.ipv4.tcp_syncookies off.",
		"on HOST:  sysctl -w net.ipv4.tcp_syncookies=1; ss -tn state syn-recv | wc -l; nstat -az TcpExtListenDrops", listenDrops, "",
		func(c *diagnose.Case) string {
			if c.Grew("TcpExt.ListenOverflows") > 0 {
				return "ListenOverflows grew too: the accept queue was full (counters)"
			}
			if n := cookies(c); n != "" && n != "0" {
				return "a full queue would be answered with SYN cookies: net.ipv4.tcp_syncookies is " + n + " (sysctl)"
			}
			return ""
		}, "RFC 4987 3.6")
	RPFilter = byCounter("rp-filter", "the server drops the SYN: its source would not be reached through that interface (rp_filter)",
		"Reverse-path filtering: the route back to the client leaves through another interface.",
		"on HOST:  ip route get CLIENT; sysctl net.ipv4.conf.all.rp_filter  and set it to 2 (loose) where routes are asymmetric", "TcpExt.IPReversePathFilter", "IP_RPFILTER",
		every, "RFC 3704 2.2")
	MinTTL = byCounter("min-ttl", "the server drops the SYN: its TTL is below the minimum the socket asks for",
		"The listener has IP_MINTTL set (GTSM, as BGP uses it) and the client is too many hops away.",
		"on HOST:  nstat -az TcpExtTCPMinTTLDrop;  send with TTL 255 from a neighbour, or lower the minimum", "TcpExt.TCPMinTTLDrop", "TCP_MINTTL", every, "RFC 5082 3")
	MD5Missing = byCounter("md5-missing", "the server wants TCP MD5 signatures and the SYN has none",
		"The listener has a key for this peer (BGP), the client has none.", "configure the same password at both ends; nstat -az TcpExtTCPMD5NotFound",
		"TcpExt.TCPMD5NotFound", "TCP_MD5NOTFOUND", md5.unsigned, "RFC 2385 2", "RFC 5925")
	MD5Mismatch = byCounter("md5-mismatch", "the MD5 signature of the SYN is wrong: the keys differ",
		"Both ends use TCP MD5, with different keys.", "configure the same password at both ends; nstat -az TcpExtTCPMD5Failure",
		"TcpExt.TCPMD5Failure", "TCP_MD5FAILURE", md5.signed, "RFC 2385 2", "RFC 5925")
	MD5Unexpected = byCounter("md5-unexpected", "the SYN has an MD5 signature, and the server has no key for it",
		"The client uses TCP MD5, the server does not.", "configure the key at the server, or remove it at the client; nstat -az TcpExtTCPMD5Unexpected",
		"TcpExt.TCPMD5Unexpected", "TCP_MD5UNEXPECTED", md5.signed, "RFC 2385 2", "RFC 5925")
	AOMissing = byCounter("ao-missing", "the server wants TCP-AO signatures and the SYN has none",
		"The listener has a TCP-AO key for this peer (BGP), the client has none.", "configure the same key at both ends; nstat -az TcpExtTCPAORequired",
		"TcpExt.TCPAORequired", "TCP_AONOTFOUND", ao.unsigned, "RFC 5925 7.5")
	AOMismatch = byCounter("ao-mismatch", "the TCP-AO signature of the SYN is wrong: the keys differ",
		"Both ends use TCP-AO, with different keys or algorithms.", "configure the same key and algorithm at both ends; nstat -az TcpExtTCPAOBad",
		"TcpExt.TCPAOBad", "TCP_AOFAILURE", ao.signed, "RFC 5925 7.5", "RFC 5926")
	AOUnexpected = byCounter("ao-unexpected", "the SYN has a TCP-AO signature, and the server has no such key",
		"The client uses TCP-AO, the server does not, or knows another KeyID.", "configure the key and its KeyID at the server, or remove it at the client; nstat -az TcpExtTCPAOKeyNotFound",
		"TcpExt.TCPAOKeyNotFound", "TCP_AOUNEXPECTED", ao.signed, "RFC 5925 7.5")
)

// ConnlimitDrop: a limit drops new SYNs while older connections of the client go on.
var ConnlimitDrop = &diagnose.Rule{
	ID: "connlimit-drop", Aliases: []string{"conntrack-full"}, Title: "new connections vanish while older ones go on: a limit, or a full connection table",
	Symptom: diagnose.NoAnswer, Needs: diagnose.HostFacts,
	Cause:      "A stateful box has no room for another connection, or limits each client; what it knows already goes on.",
	Fix:        "on the box:  dmesg | grep conntrack; conntrack -S; sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max; nft list ruleset | grep 'ct count'",
	Refs:       []string{"RFC 9293 3.8.3", "nf_conntrack-sysctl"},
	Scenario:   "connlimit-drop",
	Implies:    []string{"syn-dropped"}, // the limit is a rule that drops
	LookAlikes: []string{"accept-queue-full", "syn-dropped"},
	Judge:      connlimitDrop,
}

func connlimitDrop(c *diagnose.Case) diagnose.Verdict {
	if why := unanswered(c); why != "" {
		return diagnose.Ruled(why)
	}
	lives := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.Opened && p.First < c.Conv.First && p.Last > c.Conv.First && p.ServerPayload > 0
	})
	if n := c.Grew("Conntrack.drop") + c.Grew("Conntrack.early_drop") + c.Grew("Conntrack.insert_failed"); n > 0 {
		return diagnose.Verdict{Level: diagnose.Certain, Variant: "conntrack-full", Why: "connection tracking dropped packets", Title: "the SYN is dropped: the table of tracked connections is full",
			Evidence: append(silence(c), "connection tracking dropped "+diagnose.Count(n, "packet")+" on the server's host for want of room (counters)"+filled(c)),
			Frames:   synFrames(c), Calls: connectCalls(c), ClientSees: giveUp(c)}
	}
	if lives == nil {
		return diagnose.Ruled("no older connection to the port went on at the time")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "older connections go on",
		Evidence: append(silence(c), "an older connection to the same port goes on meanwhile "+diagnose.Seg(lives.Frame)),
		Frames:   append(synFrames(c), lives.Frame), Calls: connectCalls(c), ClientSees: giveUp(c)}
	if rule := dropRule(c, true); rule != "" {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
	}
	return v
}

// filled says how full the table of tracked connections is, "" when it is not known.
func filled(c *diagnose.Case) string {
	for _, f := range c.ServerFacts() {
		count, most := f.Sysctls["net.netfilter.nf_conntrack_count"], f.Sysctls["net.netfilter.nf_conntrack_max"]
		if count != "" && most != "" {
			return "; it holds " + count + " of at most " + most + " (sysctl)"
		}
	}
	return ""
}
