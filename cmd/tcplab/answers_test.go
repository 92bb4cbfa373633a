package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcplab/analyze/answers"
)

// packet is a frame as tshark dissects it.
type packet struct {
	frame, stream, flags, length, header int
	seq, ack                             uint32
	time                                 float64
	src                                  string
	sack, again                          bool
}

// dissected lists the TCP packets of a capture by tshark.
func dissected(t *testing.T, path string) (list []packet) {
	t.Helper()
	args := []string{"-2", "-n", "-r", path, "-Y", "tcp && !icmp && !icmpv6", "-T", "fields", "-E", "occurrence=f"}
	for _, f := range strings.Fields("frame.number tcp.stream tcp.flags tcp.len tcp.hdr_len tcp.seq_raw tcp.ack_raw frame.time_epoch ip.src ipv6.src " +
		"tcp.srcport tcp.options.sack_perm tcp.analysis.retransmission tcp.analysis.fast_retransmission tcp.analysis.spurious_retransmission") {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		n := make([]uint64, 7)
		for i := range n {
			n[i], _ = strconv.ParseUint(c[i], 0, 64) // an empty field is 0
		}
		p := packet{int(n[0]), int(n[1]), int(n[2]), int(n[3]), int(n[4]), uint32(n[5]), uint32(n[6]), 0, c[8] + c[9] + ", port " + c[10],
			c[11] != "", c[12]+c[13]+c[14] != ""}
		p.time, _ = strconv.ParseFloat(c[7], 64)
		list = append(list, p)
	}
	return list
}

// transfers are captures that other people made: HTTP, databases and logins, with losses, SACK, IPv6, other systems' kernels.
var transfers = []string{"chrissanders-packets/http_dvwa_sqlinjection.pcapng", "chrissanders-packets/http_ip4and6.pcapng", "packetlife/pcaps/TCP_SACK.cap",
	"tcptrace/input/discard.solaris.dmp.gz", "tcptrace/input/rawip.dmp.gz", "zeek/testing/btest/Traces/rdp/rdp-unknown-keyboard.pcap",
	"zeek/testing/btest/Traces/mysql/tls-13-amazon-rds.pcap", "zeek/testing/btest/Traces/http/methods.pcap", "zeek/testing/btest/Traces/ftp/ipv6.pcap",
	"zeek/testing/btest/Traces/http/iso-download.pcap.gz", "zeek/testing/btest/Traces/ldap/modify-request.pcapng"}

// The answers about real captures are those that tshark's fields give: addresses, numbers, lengths, round trips and
// EstimatedRTT by the book's formula, and what was sent again.
func TestAnswersAgreeWithTshark(t *testing.T) {
	needs(t, "tshark")
	dir := capturesDir()
	if dir == "" {
		t.Skip("the collection of captures is not there")
	}
	for _, name := range transfers {
		t.Run(filepath.Base(name), func(t *testing.T) {
			path := filepath.Join(dir, name)
			status, out, errs := invoke(t, "answers", "kurose-v8", path, "--format", "json")
			var sheet answers.Sheet
			if err := json.Unmarshal([]byte(out), &sheet); err != nil || status != exitDone {
				t.Fatalf("status %d, %s%v", status, errs, err)
			}
			k := &marker{t: t, packets: dissected(t, path), answers: map[string]answers.Answer{}}
			for _, a := range sheet.Answers {
				k.answers[a.ID] = a
			}
			k.mark()
		})
	}
}

// marker marks a sheet by what tshark says.
type marker struct {
	t       *testing.T
	packets []packet
	answers map[string]answers.Answer
}

func (k *marker) packet(frame uint32) packet {
	i := slices.IndexFunc(k.packets, func(p packet) bool { return p.frame == int(frame) })
	if i < 0 {
		k.t.Fatalf("frame %d is no TCP packet", frame)
	}
	return k.packets[i]
}

func (k *marker) mark() {
	stream := k.packet(k.answers["1"].Frames[0]).stream
	k.packets = slices.DeleteFunc(k.packets, func(p packet) bool { return p.stream != stream })
	opening := func(flags int) packet {
		i := slices.IndexFunc(k.packets, func(p packet) bool { return p.flags&0x12 == flags })
		if i < 0 {
			k.t.Fatalf("no segment with flags %#x in stream %d", flags, stream)
		}
		return k.packets[i]
	}
	syn, synack := opening(0x02), opening(0x12)
	k.says("1", syn.src)
	k.says("2", synack.src)
	k.says("3", fmt.Sprintf("%d, shown as 0", syn.seq))
	k.says("3", "so it can be used: "+map[bool]string{true: "yes", false: "no"}[syn.sack && synack.sack])
	k.says("4", fmt.Sprintf("%d (relative 0); acknowledgement %d = %d + 1", synack.seq, synack.ack, syn.seq))
	k.lengths()
	k.roundTrips()
	k.sentAgain()
}

func (k *marker) says(id, want string) {
	k.t.Helper()
	if !strings.Contains(k.answers[id].Answer, want) {
		k.t.Errorf("question %s: %s; tshark says %s", id, k.answers[id].Answer, want)
	}
}

func (k *marker) lengths() {
	a := k.answers["7"]
	if len(a.Frames) == 0 {
		k.t.Fatalf("question 7: %s", a.Note)
	}
	for i, row := range strings.Split(a.Answer, "\n") {
		p := k.packet(a.Frames[i])
		if want := fmt.Sprintf("%d: %d bytes of payload, %d with the TCP header of %d", i+1, p.length, p.length+p.header, p.header); row != want {
			k.t.Errorf("question 7: %s; tshark says %s", row, want)
		}
	}
}

var rttRow = regexp.MustCompile(`^\d+: seq (\d+), sent .* acknowledged .* in frame (\d+), RTT ([\d.]+) s, EstimatedRTT ([\d.]+) s$`)

func (k *marker) roundTrips() {
	a := k.answers["6"]
	estimated := 0.0
	at := 0 // in the frames: those of a segment and of its ACK, when there is one
	for i, row := range strings.Split(a.Answer, "\n") {
		sent := k.packet(a.Frames[at])
		acked := slices.IndexFunc(k.packets, func(p packet) bool {
			return p.frame > sent.frame && p.src != sent.src && p.flags&0x10 != 0 && int32(p.ack-sent.seq)-int32(sent.length) >= 0
		})
		if at++; strings.HasSuffix(row, "never acknowledged in the capture") && acked < 0 {
			continue
		}
		at++
		part := rttRow.FindStringSubmatch(row)
		if part == nil || acked < 0 {
			k.t.Fatalf("question 6: %s", row)
		}
		rtt := k.packets[acked].time - sent.time
		if estimated = 0.875*estimated + 0.125*rtt; i == 0 {
			estimated = rtt
		}
		saidRTT, _ := strconv.ParseFloat(part[3], 64)
		saidEstimated, _ := strconv.ParseFloat(part[4], 64)
		if part[2] != strconv.Itoa(k.packets[acked].frame) || math.Abs(saidRTT-rtt) > 2e-6 || math.Abs(saidEstimated-estimated) > 2e-6 {
			k.t.Errorf("question 6: %s; tshark's times say frame %d, RTT %.6f, EstimatedRTT %.6f", row, k.packets[acked].frame, rtt, estimated)
		}
	}
}

func (k *marker) sentAgain() {
	a, ours, theirs := k.answers["9"], []uint32{}, []uint32{}
	for _, frame := range k.answers["9"].Frames {
		if k.packet(frame).length > 0 { // of a FIN that comes again tshark does not ask whether it was only overtaken
			ours = append(ours, frame)
		}
	}
	for _, p := range k.packets {
		if p.again && p.length > 0 {
			theirs = append(theirs, uint32(p.frame))
		}
	}
	if a.Answer == "" {
		return // it says that the capture does not tell
	}
	if !slices.Equal(ours, theirs) {
		k.t.Errorf("question 9: %s %v; tshark says %v", a.Answer, ours, theirs)
	}
}
