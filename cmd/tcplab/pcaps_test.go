package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcplab/analyze/report"
	"tcplab/capture/bundle"
	"tcplab/pcaps"
	"tcplab/session/scenario"
)

// wanted is want.json: the command that made a case, and what an analysis must say of it.
type wanted struct {
	Command     string       `json:"command"`
	Cause       string       `json:"cause"` // of the first finding, "" when nothing is wrong
	Level       string       `json:"level"`
	Connections []wantedConn `json:"connections"`
}

type wantedConn struct {
	Outcome string `json:"outcome"`
	History string `json:"history"`
	Close   string `json:"close"`
	Closer  string `json:"closer"`
}

// eachCase unpacks the cases and visits them.
func eachCase(t *testing.T, visit func(t *testing.T, dir, name string, want wanted)) {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, pcaps.Cases); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d cases, %v", len(entries), err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			dir := filepath.Join(root, e.Name())
			text, err := os.ReadFile(filepath.Join(dir, "want.json"))
			if err != nil {
				t.Fatal(err)
			}
			dec := json.NewDecoder(strings.NewReader(string(text)))
			dec.DisallowUnknownFields()
			var want wanted
			if err := dec.Decode(&want); err != nil {
				t.Fatalf("want.json: %v", err)
			}
			visit(t, dir, e.Name(), want)
		})
	}
}

// replayed is what the command says of the case in dir, which must be the same every time.
func replayed(t *testing.T, dir string) *report.Report {
	t.Helper()
	var outs [2]string
	for i := range outs {
		status, out, errs := invoke(t, "analyze", dir, "--format", "json", "--segments")
		if status != exitDone || errs != "" {
			t.Fatalf("status %d, %s", status, errs)
		}
		outs[i] = out
	}
	if outs[0] != outs[1] {
		t.Error("two replays of the same evidence differ")
	}
	return parseReport(t, outs[0])
}

// said is what a report says in the words of want.json.
func said(r *report.Report, command string) wanted {
	got := wanted{Command: command, Connections: []wantedConn{}}
	findings := r.Findings
	for _, c := range r.Connections {
		findings = append(findings, c.Findings...)
		got.Connections = append(got.Connections, wantedConn{c.Outcome, c.History, c.Close.Kind, c.Close.By})
	}
	if len(findings) > 0 {
		got.Cause, got.Level = findings[0].Cause, findings[0].Level
	}
	return got
}

// Evidence that was once judged right is judged so for ever.
func TestEvidenceIsJudgedAsWanted(t *testing.T) {
	eachCase(t, func(t *testing.T, dir, _ string, want wanted) {
		r := replayed(t, dir)
		if got := said(r, want.Command); !reflect.DeepEqual(got, want) {
			t.Errorf("got\n%+v\nwant\n%+v", got, want)
		}
		for _, e := range r.Expectations {
			if !e.Met {
				t.Errorf("the run did not go as its scenario says: %s", e.Text)
			}
		}
	})
}

// A scenario shows the cause that it declares: it is the first finding of its connection, or of the run. One that declares
// none shows none.
func TestEvidenceShowsTheDeclaredCause(t *testing.T) {
	// The program's patience is never why a SYN is not answered, so another cause stands before it.
	const second = "app-connect-timeout"
	eachCase(t, func(t *testing.T, dir, name string, _ wanted) {
		r := replayed(t, dir)
		s, err := scenario.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		declared := s.CauseOf(r.Scenario.Variant)
		var first []string
		for _, list := range append(perConnection(r), r.Findings) {
			if len(list) > 0 {
				first = append(first, list[0].Cause)
			}
		}
		if declared == "" && len(first) > 0 || declared != "" && declared != second && !slices.Contains(first, declared) {
			t.Errorf("it declares %q, and %v stand first", declared, first)
		}
	})
}

func perConnection(r *report.Report) (lists [][]report.Finding) {
	for i := range r.Connections {
		lists = append(lists, r.Connections[i].Findings)
	}
	return lists
}

// Each case stands with its report, the canonical one, and says the same to the byte. "make pcaps-reports" writes them anew:
// read the difference.
func TestEvidenceHasItsReport(t *testing.T) {
	eachCase(t, func(t *testing.T, dir, _ string, _ wanted) {
		kept, err := os.ReadFile(filepath.Join(dir, "report.txt"))
		if err != nil {
			t.Fatal(err)
		}
		status, out, errs := invoke(t, "analyze", dir, "--canonical")
		if status != exitDone || errs != "" || out != string(kept) {
			t.Errorf("status %d, %s; the report is now\n%s\nand was\n%s", status, errs, out, kept)
		}
	})
}

// What check --init proposes from a run holds of that run.
func TestEvidenceMeetsItsOwnExpectations(t *testing.T) {
	eachCase(t, func(t *testing.T, dir, _ string, _ wanted) {
		expect := filepath.Join(t.TempDir(), "expect.yaml")
		status, out, errs := invoke(t, "check", "--init", dir)
		if err := os.WriteFile(expect, []byte(out), 0o644); err != nil || status != exitDone {
			t.Fatalf("status %d, %s%v", status, errs, err)
		}
		if status, out, errs := invoke(t, "check", expect, dir); status != exitDone {
			t.Errorf("status %d, %s%s", status, errs, out)
		}
	})
}

// Wireshark sees as many frames and connections as we do, and the same parts of each; of the case in which a SYN opens nothing, for
// Wireshark begins a stream there, the same parts of both together.
func TestEvidenceInWireshark(t *testing.T) {
	needs(t, "tshark")
	eachCase(t, func(t *testing.T, dir, name string, _ wanted) {
		r := replayed(t, dir)
		out, err := exec.Command("tshark", "-2", "-r", filepath.Join(dir, "frames.pcapng"), "-T", "fields", "-e", "tcp.stream", "-e", "tcp.completeness").Output()
		if err != nil {
			t.Fatal(err)
		}
		theirs, ours := map[string]uint8{}, map[string]uint8{}
		for line := range strings.Lines(string(out)) {
			if stream, completeness, tcp := strings.Cut(strings.TrimSpace(line), "\t"); tcp {
				n, _ := strconv.ParseUint(completeness, 10, 8) // what is no number is no completeness of ours
				theirs[stream] = uint8(n)
			}
		}
		for i, c := range r.Connections {
			ours[fmt.Sprint(i)] = c.Completeness
		}
		if name == scenario.InjectedSYN.Name && len(ours) == 2 && len(theirs) == 2 {
			ours, theirs = map[string]uint8{"both": ours["0"] | ours["1"]}, map[string]uint8{"both": theirs["0"] | theirs["1"]}
		}
		if frames := strings.Count(string(out), "\n"); frames != int(r.Input.Packets) || !reflect.DeepEqual(ours, theirs) {
			t.Errorf("we have %d frames and the connections %v, tshark %d and %v", r.Input.Packets, ours, frames, theirs)
		}
	})
}

// What is published tells of networks that exist for a run, never of the machine it ran on. The list of cases says which
// command and kernel made each.
func TestEvidenceIsOfItsOwnNetwork(t *testing.T) {
	list, err := os.ReadFile("../../pcaps/README.md")
	if err != nil {
		t.Fatal(err)
	}
	eachCase(t, func(t *testing.T, dir, name string, want wanted) {
		b, err := bundle.Read(dir)
		if err != nil || len(b.Warnings) > 0 {
			t.Fatalf("%v, %q", err, b.Warnings)
		}
		if why := b.About.IfaceWhy; !strings.Contains(why, "--sealed") && !strings.Contains(why, "in a lab of") {
			t.Errorf("captured in a network that others use: %s", why)
		}
		for _, host := range b.Facts {
			for _, a := range host.Addresses {
				if p, err := netip.ParsePrefix(a.CIDR); err != nil || !p.Addr().IsLoopback() && !p.Addr().IsPrivate() && !p.Addr().IsLinkLocalUnicast() {
					t.Errorf("the address %s of %s, %v", a.CIDR, a.Iface, err)
				}
			}
		}
		if words := strings.Fields(want.Command); len(words) < 4 || words[2] != name || !strings.Contains(string(list), "| ["+name+"]("+name+") |") || !strings.Contains(string(list), b.About.Kernel) {
			t.Errorf("README.md has no line for it, lacks %s, or another command made it: %s", b.About.Kernel, want.Command)
		}
	})
}

// Every scenario has its evidence.
func TestEvidenceOfEveryScenario(t *testing.T) {
	for _, s := range scenario.All() {
		if _, err := fs.Stat(pcaps.Cases, s.Name+"/want.json"); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

// A clone of the repository stays small: no case is above 200 KiB, report and all.
func TestEvidenceIsSmall(t *testing.T) {
	const most = 200 << 10
	sizes := map[string]int64{}
	err := fs.WalkDir(pcaps.Cases, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			name, _, _ := strings.Cut(path, "/")
			sizes[name] += info.Size()
		}
		return err
	})
	if err != nil || len(sizes) == 0 {
		t.Fatalf("%d cases, %v", len(sizes), err)
	}
	for name, size := range sizes {
		if size > most {
			t.Errorf("%s: %d bytes, at most %d are wanted", name, size, most)
		}
	}
}
