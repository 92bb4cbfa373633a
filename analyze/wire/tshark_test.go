package wire

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tsharkFields are asked of tshark for every frame; of several values the last is the innermost.
var tsharkFields = []string{
	"frame.number", "frame.protocols", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.seq", "tcp.ack_raw", "tcp.len",
	"tcp.flags", "tcp.window_size_value", "tcp.checksum", "tcp.checksum.status", "tcp.urgent_pointer", "ip.src", "ip.dst",
	"ipv6.src", "ipv6.dst", "ip.ttl", "ipv6.hlim", "ip.id", "ip.dsfield", "ipv6.tclass", "ip.flags.df",
	"tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.sack_perm", "tcp.options.timestamp.tsval",
	"tcp.options.timestamp.tsecr", "tcp.options.sack_le", "tcp.options.sack_re", "icmp.type", "icmp.code", "icmpv6.type",
	"icmpv6.code", "icmp.mtu", "icmpv6.mtu", "vlan.id", "eth.src", "eth.dst", "arp.opcode", "arp.src.hw_mac",
	"arp.src.proto_ipv4", "arp.dst.proto_ipv4", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address",
}

// optionFields are those of the options: what tshark shows of them, Decode must have too.
var optionFields = []string{"tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.sack_perm",
	"tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "tcp.options.sack_le", "tcp.options.sack_re"}

// dissected is one frame as tshark shows it: of each field all values, outermost first, joined by commas.
type dissected map[string]string

// innermost returns the last value of a field.
func (d dissected) innermost(field string) string {
	values := d[field]
	return values[strings.LastIndexByte(values, ',')+1:]
}

// kind returns what tshark takes the frame for.
func (d dissected) kind() Kind {
	switch {
	case d["tcp.srcport"] != "" && d["icmp.type"]+d["icmpv6.type"] != "":
		return ICMPError
	case d["tcp.srcport"] != "":
		return TCP
	}
	return NotTCP
}

// dissect runs tshark once over the file at path; a file that it cannot open gives nil.
func dissect(t *testing.T, path string) []dissected {
	t.Helper()
	args := []string{"-n", "-r", path, "-T", "fields", "-E", "occurrence=a", "-o", "tcp.desegment_tcp_streams:FALSE",
		"-o", "tcp.relative_sequence_numbers:FALSE", "-o", "tcp.check_checksum:TRUE",
		"-o", "tcp.analyze_sequence_numbers:FALSE", "-o", "ipv6.tso_support:TRUE"}
	for _, f := range tsharkFields {
		args = append(args, "-e", f)
	}
	out, err := exec.CommandContext(t.Context(), "tshark", args...).Output()
	if err != nil && len(out) == 0 {
		return nil
	}
	var frames []dissected
	for line := range strings.Lines(string(out)) {
		d := dissected{}
		for i, v := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			if v != "" {
				d[tsharkFields[i]] = v
			}
		}
		frames = append(frames, d)
	}
	return frames
}

// needTshark skips the test when there is no tshark to compare with.
func needTshark(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark, the oracle of this test, is not installed")
	}
}

func decimal[T ~uint8 | ~uint16 | ~uint32](n T) string { return strconv.FormatUint(uint64(n), 10) }
func hex4[T ~uint16](n T) string                       { return fmt.Sprintf("0x%04x", uint16(n)) }

// view returns what Decode found under tshark's names, as tshark prints the values.
func view(k Kind, p *Packet) dissected {
	switch k {
	case TCP:
		return p.Segment.view()
	case ICMPError:
		return p.ICMP.view()
	case Neighbor:
		return p.Neighbor.view()
	}
	return dissected{}
}

func (s *Segment) view() dissected {
	d := dissected{
		"tcp.srcport": decimal(s.SrcPort), "tcp.dstport": decimal(s.DstPort), "tcp.seq_raw": decimal(s.Seq),
		"tcp.ack_raw": decimal(s.Ack), "tcp.len": decimal(s.Len), "tcp.flags": hex4(s.Flags),
		"tcp.window_size_value": decimal(s.Window), "tcp.urgent_pointer": decimal(s.Urgent), "tcp.checksum": hex4(s.Checksum),
	}
	if s.V6 {
		d["ipv6.src"], d["ipv6.dst"], d["ipv6.hlim"] = s.Src.String(), s.Dst.String(), decimal(s.TTL)
		d["ipv6.tclass"] = fmt.Sprintf("0x%08x", s.TOS)
	} else {
		d["ip.src"], d["ip.dst"], d["ip.ttl"], d["ip.id"] = s.Src.String(), s.Dst.String(), decimal(s.TTL), hex4(s.IPID)
		d["ip.dsfield"] = fmt.Sprintf("0x%02x", s.TOS)
		d["ip.flags.df"] = map[bool]string{true: "1", false: "0"}[s.DF]
	}
	s.Options.view(d)
	return d
}

func (o *Options) view(d dissected) {
	if o.Has&HasMSS != 0 {
		d["tcp.options.mss_val"] = decimal(o.MSS)
	}
	if o.Has&HasWindowScale != 0 {
		d["tcp.options.wscale.shift"] = decimal(o.WindowScale)
	}
	if o.Has&HasTimestamps != 0 {
		d["tcp.options.timestamp.tsval"], d["tcp.options.timestamp.tsecr"] = decimal(o.TSVal), decimal(o.TSEcr)
	}
	if o.Has&HasSACKPermitted != 0 {
		d["tcp.options.sack_perm"] = "0402"
	}
	var left, right []string
	for _, b := range o.SACK[:o.NumSACK] {
		left, right = append(left, decimal(b.Left)), append(right, decimal(b.Right))
	}
	if len(left) > 0 {
		d["tcp.options.sack_le"], d["tcp.options.sack_re"] = strings.Join(left, ","), strings.Join(right, ",")
	}
}

func (e *ICMP) view() dissected {
	d := dissected{"tcp.srcport": decimal(e.SrcPort), "tcp.dstport": decimal(e.DstPort), "tcp.seq": decimal(e.Seq)}
	ip, icmp := "ip", "icmp"
	if e.V6 {
		ip, icmp = "ipv6", "icmpv6"
	}
	d[icmp+".type"], d[icmp+".code"] = decimal(e.Type), decimal(e.Code)
	d[ip+".src"], d[ip+".dst"] = e.From.String()+","+e.Src.String(), e.To.String()+","+e.Dst.String()
	if e.QuotedTCP >= 16 { // below, tshark shows the ports and seq only
		d["tcp.ack_raw"], d["tcp.flags"] = decimal(e.Ack), hex4(e.Flags)
	}
	if e.MTU != 0 {
		d[icmp+".mtu"] = decimal(e.MTU)
	}
	return d
}

func (n *NeighborMsg) view() dissected {
	switch {
	case !n.Sender.Is4() && n.Reply:
		return dissected{"icmpv6.nd.na.target_address": n.Target.String(), "ipv6.src": n.Sender.String()}
	case !n.Sender.Is4():
		return dissected{"icmpv6.nd.ns.target_address": n.Target.String(), "ipv6.src": n.Sender.String()}
	}
	d := dissected{"arp.src.proto_ipv4": n.Sender.String(), "arp.src.hw_mac": net.HardwareAddr(n.MAC[:]).String()}
	if n.Reply {
		d["arp.opcode"] = "2"
	} else {
		d["arp.opcode"], d["arp.dst.proto_ipv4"] = "1", n.Target.String()
	}
	return d
}

// differences returns the fields in which Decode and tshark disagree about a frame, by tshark's names.
func differences(k Kind, p *Packet, want dissected) map[string]string {
	found := map[string]string{}
	if wk := want.kind(); (k == TCP || k == ICMPError || wk != NotTCP) && k != wk {
		found["kind"] = fmt.Sprintf("%v, tshark %v", k, wk)
		return found
	}
	got := view(k, p)
	for name, v := range got {
		w := want[name]
		if name == "tcp.flags" { // the three reserved bits are not ours
			n, _ := strconv.ParseUint(want.innermost(name), 0, 16)
			w = hex4(Flags(n) & 0x1ff)
		}
		if v != w && v != want.innermost(name) && !strings.HasSuffix(w, ","+v) {
			found[name] = fmt.Sprintf("%s, tshark %s", v, want[name])
		}
	}
	if k != TCP {
		return found
	}
	for _, name := range optionFields {
		if got[name] == "" && want[name] != "" {
			found[name] = "missing, tshark " + want[name]
		}
	}
	// tshark has no word for a sum over the pseudo-header alone.
	state, status := p.Segment.VerifyChecksum(), want.innermost("tcp.checksum.status")
	if state != ChecksumPartial && status != [...]string{ChecksumUnknown: "2", ChecksumGood: "1", ChecksumBad: "0"}[state] {
		found["tcp.checksum.status"] = fmt.Sprintf("%d, tshark %s", state, status)
	}
	return found
}

// words renders differences in one line.
func words(found map[string]string) string {
	var all []string
	for name, what := range found {
		all = append(all, name+": "+what)
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}
