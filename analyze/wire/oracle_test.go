package wire

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"tcplab/capture"
)

// differs says of the specimens that tshark reads otherwise, why ours is right or that it does not matter.
var differs = map[string]string{
	"NFLOG, big endian":                     "tshark assumes the byte order of the host it runs on",
	"NULL, IPv6 of Linux":                   "tshark does not know 10, AF_INET6 of Linux",
	"0x9200":                                "tshark does not know this tag",
	"MPLS, pseudowire with control word":    "tshark guesses from the vendor part of the addresses",
	"MPLS, pseudowire without control word": "tshark guesses from the vendor part of the addresses",
	"routing header, type 2":                "tshark shows the header's destination, ours is the host which the segment is for",
	"segment routing":                       "tshark shows the header's destination, ours is the host which the segment is for",
	"VXLAN, old port":                       "tshark does not take Linux's old port for VXLAN",
	"AYIYA":                                 "tshark takes all between these hosts for L2TP, since it saw some; the captures hold AYIYA that it agrees on",
	"more tunnels than there can be":        "our bound is lower",
	"seven bytes quoted":                    "tshark shows the ports; an error must quote eight bytes, which identify the segment",
	"eight bytes quoted, IPv6":              "tshark leaves out seq for IPv6",
	"redirect":                              "tshark shows ports and seq only",

	"quote cut by the snap length before the number": "tshark shows the ports alone, ours is 0 there",
	"quote cut by the snap length before the ports":  "tshark calls no TCP what has no ports; who is quoted can still be told",
	"quote cut by the snap length in its IP header":  "tshark calls no TCP what has no ports; who is quoted can still be told",

	"IPv4 length below the TCP header": "tshark shows what there is of the header",
	"IPv6 length below the TCP header": "tshark shows what there is of the header",
	"IPv4 length beyond the frame":     "tshark takes the frame's length; the sender's own is the true one",
	"authentication header of 8 bytes": "tshark does not mind, RFC 4302 has at least 12",
	"TCP header of 16 bytes":           "tshark shows ports and seq and marks it bogus",
	"TCP header beyond the packet":     "tshark shows ports and seq and marks it bogus",
	"TCP header cut":                   "tshark shows what there is of the header",
	"Teredo to a relay":                "tshark knows Teredo by the port of its servers alone, which relays do not have",
	"GRE of a later version":           "tshark decodes versions that do not exist",
}

// TestSpecimensInTshark shows every specimen to tshark, one file for each link type.
func TestSpecimensInTshark(t *testing.T) {
	needTshark(t)
	byLink := map[capture.LinkType][]specimen{}
	for _, s := range specimens() {
		byLink[s.link] = append(byLink[s.link], s)
	}
	for link, rows := range byLink {
		path := filepath.Join(t.TempDir(), "specimens.pcap")
		if err := os.WriteFile(path, pcapOf(link, rows), 0o600); err != nil {
			t.Fatal(err)
		}
		frames := dissect(t, path)
		if len(frames) != len(rows) {
			t.Errorf("link type %v: tshark shows %d of %d specimens", link, len(frames), len(rows))
			continue
		}
		var r Reassembler
		for i, want := range frames {
			var p Packet
			found := differences(decode(&r, rows[i].frame(), &p), &p, want)
			why, listed := differs[rows[i].name]
			if !listed && len(found) > 0 {
				t.Errorf("%s [%s]: %s", rows[i].name, want["frame.protocols"], words(found))
			} else if listed && len(found) == 0 {
				t.Errorf("%s: no difference any more, but listed: %s", rows[i].name, why)
			}
		}
	}
}

// pcapOf returns a capture file of the specimens, which have one link type.
func pcapOf(link capture.LinkType, rows []specimen) []byte {
	le := binary.LittleEndian
	file := le.AppendUint32(nil, 0xa1b2c3d4)
	file = append(file, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0)
	file = le.AppendUint32(file, uint32(link))
	for i, s := range rows {
		f := s.frame()
		for _, n := range []int{i, 0, len(f.Data), int(f.WireLen)} {
			file = le.AppendUint32(file, uint32(n))
		}
		file = append(file, f.Data...)
	}
	return file
}
