package pcapfile

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tcplab/capture"
)

// wireshark writes the frames of generate in another format, or skips.
func wireshark(t *testing.T, format string) string {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pcap"), filepath.Join(dir, "in."+format)
	if err := os.WriteFile(in, generate(t, 100, magicMicro), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command(tool(t, "editcap"), "-F", format, in, out).CombinedOutput(); err != nil {
		t.Skipf("editcap does not write %s: %v\n%s", format, err, text)
	}
	return out
}

// The formats that Wireshark calls by other names but are pcap give the same frames.
func TestVariantsOfEditcap(t *testing.T) {
	want := read(t, generate(t, 100, magicMicro))
	for _, format := range []string{"pcap", "nsecpcap", "modpcap", "nokiapcap", "rh6_1pcap", "suse6_3pcap", "pcapng"} {
		t.Run(format, func(t *testing.T) {
			r, err := Open(wireshark(t, format))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got := show(r); got != want {
				t.Errorf("got\n%.300s\nwant\n%.300s", got, want)
			}
		})
	}
}

// The formats that Wireshark writes and we do not read are named, and the command in the message makes them readable.
func TestForeignOfEditcap(t *testing.T) {
	for format, kind := range map[string]string{
		"snoop": "a snoop capture", "netmon1": "a Microsoft Network Monitor 1 capture",
		"netmon2": "a Microsoft Network Monitor 2 capture", "ngsniffer": "a Sniffer (DOS) capture",
		"ngwsniffer_1_1": "a NetXray or Sniffer (Windows) capture", "ngwsniffer_2_0": "a NetXray or Sniffer (Windows) capture",
		"5views": "an InfoVista 5View capture", "lanalyzer": "a Novell LANalyzer capture", "nettl": "an HP-UX nettl trace",
		"observer": "a Viavi Observer capture", "visual": "a Visual Networks capture", "k12text": "a K12 text listing",
	} {
		t.Run(format, func(t *testing.T) {
			file := wireshark(t, format)
			_, err := Open(file)
			var foreign *ForeignError
			if !errors.As(err, &foreign) || foreign.Kind != kind {
				t.Fatalf("%v, want %s", err, kind)
			}
			if format == "observer" {
				return // editcap 4.0 does not read back what it writes
			}
			cmd := exec.Command("sh", "-c", foreign.Convert)
			cmd.Dir = t.TempDir()
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", foreign.Convert, err, text)
			}
			r, err := Open(filepath.Join(cmd.Dir, filepath.Base(file)+".pcapng"))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var f capture.Frame
			if err := r.Next(&f); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestForeign(t *testing.T) {
	tests := []struct {
		data, kind, convert string
	}{
		{"", "an empty file", ""},
		{"btsnoop\x00\x00\x00\x00\x01", "a Bluetooth btsnoop capture", "editcap -F pcapng 'my file' 'my file.pcapng'"},
		{"\x7fELF\x02\x01", "an ELF program", ""},
		{"\x89PNG\r\n\x1a\n", "a PNG image", ""},
		{"\n<!DOCTYPE HTML>\n<title>", "a web page; the download may have needed a login", ""},
		{"{\"a\": 1}", "JSON text", ""},
		{"Grüße\n", "text", ""},
		{"0000  00 01 02\n", "a hex dump", "text2pcap 'my file' 'my file.pcapng'"},
		{"12:00:00.000000 IP 10.0.0.1.80 > 10.0.0.2.1: Flags [S]", "text", ""},
		{"BZh91AY", "bzip2 data", "bzip2 -dc 'my file' > 'my file.pcapng'"},
		{"\x07\x00\x00\x52\x0b\xfc\x00\x00\x00\x22\xb0\xbc\x36\x1d\xff\xff" + strings.Repeat("\x00", 40), "an EtherPeek or AiroPeek capture",
			"editcap -F pcapng 'my file' 'my file.pcapng'"},
		{"PK\x03\x04", "a zip archive", "unzip -p 'my file' > 'my file.pcapng'"},
		{strings.Repeat("\x00", 600), "a run of zero bytes", ""},
		{"\x01\x02\x03\x04\xff\x06\x07\x08\x09", "an unknown format (it begins with 01 02 03 04 ff 06 07 08)", ""},
		{"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS, the file itself was not fetched", "git lfs pull"},
	}
	for _, test := range tests {
		_, err := New(strings.NewReader(test.data), "my file", 0)
		var foreign *ForeignError
		if !errors.As(err, &foreign) || foreign.Kind != test.kind || foreign.Convert != test.convert {
			t.Errorf("%q: got %v", test.data, err)
		}
	}
}

func TestForeignPlaces(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err == nil || err.Error() != dir+": this is a directory, not a pcap or pcapng capture" {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	// the name of a file must not speak to the terminal
	if _, err := New(bytes.NewReader(nil), "a\x1b[2J", 0); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("an escape in the name: %v", err)
	}
}

func TestForeignOfCorpus(t *testing.T) {
	for file, kind := range map[string]string{
		"packetlife/pcaps/snoop-working-ccm7.cap": "a NetScreen snoop listing",
		"tcptrace/input/all.snoop.gz":             "gzip of a snoop capture",
		"tcptrace/input/chdlc.erf.gz":             "gzip of an Endace ERF capture",
		"tcptrace/input/eth.erf.gz":               "gzip of an Endace ERF capture",
	} {
		_, err := Open(filepath.Join(corpus(t), file))
		var foreign *ForeignError
		if !errors.As(err, &foreign) || foreign.Kind != kind || !strings.HasPrefix(foreign.Convert, "editcap ") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
