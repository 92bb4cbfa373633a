package wire

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// corpus returns the capture files of the folder beside the repository, all or, with -short, every tenth; it skips the
// test when the folder is not there.
func corpus(t *testing.T) (root string, paths []string) {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above this directory")
		}
	}
	root = filepath.Join(dir, "..", "shared", "captures")
	if _, err := os.Stat(root); err != nil {
		t.Skip("the captures to compare with are not here: ", err)
	}
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !slices.Contains([]string{".tsv", ".md"}, filepath.Ext(path)) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		kept := paths[:0]
		for i := 0; i < len(paths); i += 10 {
			kept = append(kept, paths[i])
		}
		paths = kept
	}
	return root, paths
}

// eachFrame calls fn for every frame of a file, with its kind after reassembly; a file that cannot be read has none.
func eachFrame(path string, fn func(*capture.Frame, Kind, *Packet)) {
	source, err := pcapfile.Open(path)
	if err != nil {
		return
	}
	defer source.Close()
	var f capture.Frame
	var p Packet
	var r Reassembler
	for source.Next(&f) == nil {
		fn(&f, decode(&r, &f, &p), &p)
	}
}

// known are the differences from tshark that are not faults, each with its reason.
var known = []struct {
	why string
	is  func(f *capture.Frame, k Kind, p *Packet, field string, want dissected) bool
}{
	{"the IP length goes beyond the frame, which a tool cut without saying so: the sender's length is the true one, tshark takes the frame's",
		func(_ *capture.Frame, k Kind, p *Packet, field string, want dissected) bool {
			s := &p.Segment
			shown := want["tcp.len"]
			return k == TCP && s.Beyond > 0 && (field == "tcp.checksum.status" || shown == "" || shown == decimal(s.Len-s.Beyond))
		}},
	{"link types that are not decoded",
		func(_ *capture.Frame, k Kind, _ *Packet, _ string, _ dissected) bool { return k == UnknownLink }},
	{"less than 20 bytes of the TCP header were captured; tshark shows what there is",
		func(_ *capture.Frame, k Kind, _ *Packet, _ string, _ dissected) bool { return k == Truncated }},
	{"the TCP header's length is below 20 or beyond the packet; tshark shows the ports and marks it bogus",
		func(_ *capture.Frame, k Kind, _ *Packet, _ string, _ dissected) bool { return k == Malformed }},
	{"sFlow reports samples of frames, which are not traffic of this link",
		func(_ *capture.Frame, _ Kind, _ *Packet, _ string, want dissected) bool {
			return strings.Contains(want["frame.protocols"], ":sflow:")
		}},
}

// TestCorpusAgreesWithTshark compares every frame of every capture, field by field.
func TestCorpusAgreesWithTshark(t *testing.T) {
	needTshark(t)
	root, paths := corpus(t)
	var mu sync.Mutex
	frames, segments, icmp, explained := 0, 0, 0, make([]int, len(known))
	t.Run("files", func(t *testing.T) {
		for _, path := range paths {
			t.Run(strings.TrimPrefix(path, root+"/"), func(t *testing.T) {
				t.Parallel()
				wants := dissect(t, path)
				eachFrame(path, func(f *capture.Frame, k Kind, p *Packet) {
					if int(f.Number) > len(wants) {
						return
					}
					found := differences(k, p, wants[f.Number-1])
					mu.Lock()
					defer mu.Unlock()
					frames++
					switch {
					case k == TCP && len(found) == 0:
						segments++
					case k == ICMPError && len(found) == 0:
						icmp++
					}
					for field := range found {
						for i, difference := range known {
							if difference.is(f, k, p, field, wants[f.Number-1]) {
								explained[i]++
								delete(found, field)
								break
							}
						}
					}
					if len(found) > 0 {
						t.Errorf("frame %d [%s]: %s", f.Number, wants[f.Number-1]["frame.protocols"], words(found))
					}
				})
			})
		}
	})
	if segments == 0 {
		t.Error("no segment was compared")
	}
	t.Logf("%d frames of %d files: %d segments and %d ICMP errors agree", frames, len(paths), segments, icmp)
	for i, difference := range known {
		t.Logf("%5d differences explained: %s", explained[i], difference.why)
	}
}

// TestCorpusAgreesWithGopacket compares every segment that gopacket's layers see too.
func TestCorpusAgreesWithGopacket(t *testing.T) {
	_, paths := corpus(t)
	frames, same, reasons := 0, 0, map[string]int{}
	for _, path := range paths {
		eachFrame(path, func(f *capture.Frame, _ Kind, _ *Packet) {
			var p Packet
			why, compared := compare(t, f, Decode(f, &p), &p.Segment)
			frames++
			if compared {
				same++
			} else if why != "" {
				reasons[why]++
			}
		})
	}
	t.Logf("%d frames of %d files, %d segments seen by both", frames, len(paths), same)
	for why, n := range reasons {
		t.Logf("%5d excused: %s", n, why)
	}
}
