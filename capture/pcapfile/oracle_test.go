package pcapfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcplab/capture"
)

// corpus returns the folder of real captures that lies beside the repository, or skips.
func corpus(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
	dir = filepath.Join(dir, "..", "shared", "captures")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("needs the real captures in ../shared/captures: %v", err)
	}
	return dir
}

// corpusFiles returns the captures below the corpus, every tenth of them with -short.
func corpusFiles(t testing.TB) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(corpus(t), func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && d.Type().IsRegular() && ext != ".tsv" && ext != ".md" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		var some []string
		for i := 0; i < len(files); i += 10 {
			some = append(some, files[i])
		}
		files = some
	}
	return files
}

// tool returns the path of a program of Wireshark's, or skips.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("needs %s as an oracle: %v", name, err)
	}
	return path
}

// asTshark prints f as tshark prints the fields of tsharkFields.
func asTshark(f *capture.Frame) string {
	sign, ns := "", int64(f.Time)
	if ns < 0 {
		sign, ns = "-", -ns
	}
	return fmt.Sprintf("%s%d.%09d %d %d", sign, ns/1e9, ns%1e9, f.WireLen, len(f.Data))
}

// tsharkFrames returns time, length and captured length of every frame as tshark reads them.
func tsharkFrames(t *testing.T, file string) []string {
	t.Helper()
	cmd := exec.Command(tool(t, "tshark"), "-n", "-r", file, "-T", "fields", "-E", "separator=/s", "-E", "occurrence=f",
		"-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len")
	out, _ := cmd.Output() // a damaged file ends with an error after its good frames
	var lines []string
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

// ours returns what asTshark says of every frame of file, at its number, and the error that ended it.
func ours(t *testing.T, file string) ([]string, error) {
	t.Helper()
	r, err := Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var lines []string
	for f := (capture.Frame{}); ; {
		untimed := r.stats.Untimed
		err := r.Next(&f)
		for len(lines) < int(r.number) {
			lines = append(lines, noPacket)
		}
		if err != nil {
			return lines, err
		}
		lines[f.Number-1] = asTshark(&f)
		if r.stats.Untimed > untimed { // tshark prints no time then
			_, lines[f.Number-1], _ = strings.Cut(lines[f.Number-1], " ")
			lines[f.Number-1] = " " + lines[f.Number-1]
		}
	}
}

// noPacket is the line of a number that Wireshark gives to a block that holds no packet.
const noPacket = "no packet"

// TestFramesAreThoseOfTshark compares every frame of every capture with what Wireshark's file reader says of it. Starting
// tshark takes longer than reading, so mergecap first joins the captures that are whole.
func TestFramesAreThoseOfTshark(t *testing.T) {
	var whole []string
	lines := make(map[string][]string)
	for _, file := range corpusFiles(t) {
		frames, err := ours(t, file)
		// mergecap invents a time for untimed frames and drops what is no packet
		odd := slices.ContainsFunc(frames, func(line string) bool { return line[0] == ' ' || line == noPacket })
		if errors.Is(err, io.EOF) && !odd {
			whole, lines[file] = append(whole, file), frames
			continue
		}
		if foreign := (*ForeignError)(nil); errors.As(err, &foreign) {
			continue // TestForeignOfCorpus
		}
		if theirs := tsharkFrames(t, file); !same(frames, theirs) {
			t.Errorf("%v; we read %d frames, tshark %d", err, len(frames), len(theirs))
		}
	}
	joined := filepath.Join(t.TempDir(), "joined.pcapng")
	whole = joinFiles(t, joined, whole)
	theirs := tsharkFrames(t, joined)
	for _, file := range whole {
		frames := lines[file]
		if len(theirs) < len(frames) || !same(frames, theirs[:len(frames)]) {
			t.Fatalf("%s: we read %q, tshark %q", file, frames, theirs[:min(len(frames), len(theirs))])
		}
		theirs = theirs[len(frames):]
	}
	if len(theirs) > 0 {
		t.Errorf("tshark reads %d frames more", len(theirs))
	}
	t.Logf("equal in %d captures", len(whole))
	sameBytes(t, joined, whole)
}

// sameBytes compares link type and bytes of every frame in files with those in joined, which Wireshark's library wrote.
func sameBytes(t *testing.T, joined string, files []string) {
	t.Helper()
	all, err := Open(joined)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	var theirs capture.Frame
	for _, file := range files {
		r, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for f := (capture.Frame{}); r.Next(&f) == nil; {
			if err := all.Next(&theirs); err != nil {
				t.Fatal(err)
			}
			if link := oneRaw(f.Link); link != theirs.Link || !bytes.Equal(f.Data, theirs.Data) || !slices.Equal(f.Comments, theirs.Comments) {
				t.Errorf("%s: frame %d: %v with %d bytes %q, Wireshark has %v with %d bytes %q", file, f.Number,
					f.Link, len(f.Data), f.Comments, theirs.Link, len(theirs.Data), theirs.Comments)
			}
		}
		r.Close()
	}
}

// oneRaw gives the numbers of raw IP that the BSDs have for themselves the one that Wireshark writes for all.
func oneRaw(link capture.LinkType) capture.LinkType {
	if link == capture.LinkRawBSD || link == capture.LinkRawOpenBSD {
		return capture.LinkRaw
	}
	return link
}

// joinFiles writes the frames of files to out and returns the files it took: those with a link type that Wireshark 4.0 does
// not know are left out.
func joinFiles(t *testing.T, out string, files []string) []string {
	t.Helper()
	unknown := regexp.MustCompile(`The file "(.*)" contains record data that mergecap doesn't support.\n\(pcap: network type`)
	for {
		text, err := exec.Command(tool(t, "mergecap"), append([]string{"-a", "-F", "pcapng", "-w", out}, files...)...).CombinedOutput()
		if err == nil {
			return files
		}
		found := unknown.FindSubmatch(text)
		if found == nil {
			t.Fatalf("mergecap does not read what we read: %v\n%s", err, text)
		}
		files = slices.DeleteFunc(files, func(f string) bool { return f == string(found[1]) })
	}
}

// same compares our lines with those of tshark.
func same(ours, theirs []string) bool {
	return slices.EqualFunc(ours, theirs, func(a, b string) bool { return a == b || a == noPacket })
}
