package analyze_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os/exec"
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/report"
	"tcplab/capture/pcapfile"
)

// follow returns the bytes of both directions of connection id.
func follow(t *testing.T, path string, id uint32) (client, server []byte, chunks []report.Chunk) {
	t.Helper()
	src, err := pcapfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	rep, err := analyze.Run(context.Background(), analyze.Input{Source: src}, analyze.Options{Only: &id, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	chunks = rep.Connections[id].Transcript
	for _, k := range chunks {
		if k.Dir == "c2s" {
			client = append(client, k.Data...)
		} else {
			server = append(server, k.Data...)
		}
	}
	return client, server, chunks
}

// tcpflow writes each direction of each connection into a file of its own: the oracle of the transcript. Captures whose
// short frames are padded are left out: tcpflow takes the padding for payload.
func TestTranscriptEqualsTcpflow(t *testing.T) {
	if _, err := exec.LookPath("tcpflow"); err != nil {
		t.Skip("no tcpflow on this machine")
	}
	for _, tt := range []struct{ file string }{
		{"chrissanders-packets/http_ip4and6.pcapng"},
		{"zeek/testing/btest/Traces/tls/ocsp-revoked.pcap"},
		{"arkime/tests/pcap/smtp-zip.pcap"},
		{"arkime/tests/pcap/http-301-get.pcap"},
		{"PcapPlusPlus/Tests/Pcap++Test/PcapExamples/four_ipv6_http_streams.pcap"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			path := captures(t, strings.Split(tt.file, "/")...)
			client, server, _ := follow(t, path, 0)
			want := streams(t, path)
			for name, data := range map[string][]byte{"client": client, "server": server} {
				if len(data) > 0 && !want[sha256.Sum256(data)] {
					t.Errorf("%s: tcpflow has no stream with these %d bytes", name, len(data))
				}
			}
			if len(client)+len(server) == 0 {
				t.Error("no payload at all")
			}
		})
	}
}

// streams are the hashes of every stream that tcpflow finds in a capture.
func streams(t *testing.T, path string) map[[32]byte]bool {
	t.Helper()
	out, err := exec.Command("sh", "-c", `cd "$1" && tcpflow -q -r "$2" -o out >/dev/null 2>&1; for f in out/*; do [ -f "$f" ] && sha256sum < "$f"; done; true`,
		"sh", t.TempDir(), path).Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[[32]byte]bool{}
	for _, line := range bytes.Fields(out) {
		if len(line) == 64 {
			var sum [32]byte
			for i := range sum {
				sum[i] = hex(line[2*i])<<4 | hex(line[2*i+1])
			}
			found[sum] = true
		}
	}
	return found
}

func hex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}
