package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// seenFrame is what Wireshark shows of a frame, as far as one host and two differ.
type seenFrame struct{ source, asked, mss, ttl, sum, flags string }

// framesShown runs the handout's exchange and reads its frames.
func framesShown(t *testing.T, flags ...string) (list []seenFrame) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if status, _, errs := invoke(t, append([]string{"trace", "typed-message", "--port", "0", "--save", dir}, flags...)...); status != exitDone {
		t.Fatalf("%q: status %d, %s", flags, status, errs)
	}
	out, err := exec.Command("tshark", "-r", filepath.Join(dir, "frames.pcapng"), "-o", "tcp.check_checksum:TRUE", "-T", "fields", "-e", "eth.src",
		"-e", "arp.dst.proto_ipv4", "-e", "tcp.options.mss_val", "-e", "ip.ttl", "-e", "tcp.checksum.status", "-e", "tcp.flags.str").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		list = append(list, seenFrame{f[0], f[1], f[2], f[3], f[4], f[5]})
	}
	return list
}

// cells are the column of a run in the table of exercises 2 and 3.
func cells(list []seenFrame) map[string]string {
	syn := slices.IndexFunc(list, func(f seenFrame) bool { return strings.Contains(f.flags, "S") })
	answer := list[syn+1]
	c := map[string]string{"before the SYN": "nothing", "MSS": list[syn].mss, "TTL": list[syn].ttl, "hardware addresses": "none", "checksums": "filled in"}
	if syn > 0 {
		c["before the SYN"] = "ARP, who has " + list[0].asked
	}
	if list[syn].source != answer.source {
		c["hardware addresses"] = list[syn].source + " and " + answer.source[strings.LastIndex(answer.source, ":"):]
	}
	if list[syn].sum == "0" {
		c["checksums"] = "not filled in"
	}
	return c
}

// The handout's exercises 2 and 3 ask what differs between one host and two: the table of seeds.md says what real runs show.
func TestOneHostAndTwoDifferAsTheTableSays(t *testing.T) {
	for _, need := range []string{"tshark", "capture", "sealed"} {
		needs(t, need)
	}
	table, err := os.ReadFile("../../session/scenario/seeds.md")
	if err != nil {
		t.Fatal(err)
	}
	one, two, far := cells(framesShown(t, "--iface", "lo")), cells(framesShown(t, "--hosts", "direct")), cells(framesShown(t, "--hosts", "routed", "--at", "server"))
	two["TTL"] += "; " + far["TTL"] + " behind a router (`--hosts routed`)"
	for what := range one {
		if row := fmt.Sprintf("| %s | %s | %s |\n", what, one[what], two[what]); !strings.Contains(string(table), row) {
			t.Errorf("seeds.md has no row\n%s", row)
		}
	}
}
