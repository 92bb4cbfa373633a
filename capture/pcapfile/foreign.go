package pcapfile

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// sniffed is how many bytes of an unknown input are looked at.
const sniffed = 512

// signature is how a kind of file begins. The command turns it into a capture: IN and OUT stand for the file names.
type signature struct {
	prefix, kind, command string
}

// editcap comes with Wireshark, reads what Wireshark reads, and unpacks by itself. Some formats say for each packet what
// it is, which pcapng cannot hold: most of them are Ethernet.
const (
	editcap      = "editcap -F pcapng IN OUT"
	editcapEther = "editcap -T ether -F pcapng IN OUT"
)

// signatures are tried in order.
var signatures = []signature{
	{"snoop\x00\x00\x00", "a snoop capture", editcap},
	{"btsnoop\x00", "a Bluetooth btsnoop capture", editcap},
	{"RTSS", "a Microsoft Network Monitor 1 capture", editcap},
	{"GMBU", "a Microsoft Network Monitor 2 capture", editcap},
	{"TRSNIFF data    \x1a", "a Sniffer (DOS) capture", editcap},
	{"XCP\x00", "a NetXray or Sniffer (Windows) capture", editcap},
	{"VL\x00\x00", "a NetXray capture", editcap},
	{"iptrace 1.0", "an AIX iptrace capture", editcap},
	{"iptrace 2.0", "an AIX iptrace capture", editcap},
	{"\xaa\xaa\xaa\xaa", "an InfoVista 5View capture", editcap},
	{"\x7fver", "an EtherPeek or OmniPeek capture", editcap},
	{"\x05VNF", "a Visual Networks capture", editcap},
	{"\x01\x10", "a Novell LANalyzer capture", editcap},
	{"\x05\x10", "a Novell LANalyzer capture", editcap},
	{"ObserverPktBufferVersion=", "a Viavi Observer capture", editcap},
	{"\x54\x52\x00\x64\x00", "an HP-UX nettl trace", editcapEther},
	{"\x00\x00\x02\x00\x12\x05\x00\x10", "a Tektronix K12 capture", editcapEther},
	{"+---------+", "a K12 text listing", editcapEther},
	{"NetScaler V", "a NetScaler trace", editcap},
	{"cpse", "a Colasoft Capsa capture", editcap},
	{"LOGG", "a Vector BLF log", editcap},
	{"\x7fELF", "an ELF program", ""},
	{"MZ", "a Windows program", ""},
	{"#!", "a script", ""},
	{"\x89PNG\r\n", "a PNG image", ""},
	{"\xff\xd8\xff", "a JPEG image", ""},
	{"GIF8", "a GIF image", ""},
	{"%PDF", "a PDF document", ""},
	{"SQLite format 3\x00", "an SQLite database", ""},
	{"PAR1", "a Parquet table", ""},
	{gzipMagic, "gzip data", "gzip -dc IN > OUT"},
	{zstdMagic, "zstd data", "zstd -dc IN > OUT"},
	{"\xfd7zXZ\x00", "xz data", "xz -dc IN > OUT"},
	{"BZh", "bzip2 data", "bzip2 -dc IN > OUT"},
	{"\x04\x22\x4d\x18", "lz4 data", "lz4 -dc IN > OUT"},
	{"PK\x03\x04", "a zip archive", "unzip -p IN > OUT"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z e -so IN > OUT"},
	{"version https://git-lfs", "a pointer of Git LFS, the file itself was not fetched", "git lfs pull"},
}

// foreign is the error for an input that begins with head and is no capture.
func foreign(name, packing string, head []byte) error {
	kind, command := identify(head)
	if packing != "" {
		kind = packing + " of " + kind
		if !strings.HasPrefix(command, "editcap") {
			command = ""
		}
	}
	return &ForeignError{Name: name, Kind: kind, Convert: fillIn(command, name)}
}

// identify names what begins with head, and the command that makes a capture of it.
func identify(head []byte) (kind, command string) {
	if len(head) == 0 {
		return "an empty file", ""
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.prefix)) {
			return s.kind, s.command
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "a tar archive", "tar -xOf IN > OUT"
	}
	if kind, command, ok := identifyText(head); ok {
		return kind, command
	}
	if isERF(head) {
		return "an Endace ERF capture", editcap
	}
	if isClassicPeek(head) {
		return "an EtherPeek or AiroPeek capture", editcap
	}
	if len(bytes.Trim(head, "\x00")) == 0 {
		return "a run of zero bytes", ""
	}
	return fmt.Sprintf("an unknown format (it begins with % x)", head[:min(len(head), 8)]), ""
}

// identifyText tells apart the texts that are taken for captures.
func identifyText(head []byte) (kind, command string, ok bool) {
	text := strings.TrimPrefix(string(head), "\xef\xbb\xbf")
	for cut := 0; cut < utf8.UTFMax && !utf8.ValidString(text); cut++ { // a character may be cut at the end
		text = text[:len(text)-1]
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", r) }) {
		return "", "", false
	}
	text = strings.ToLower(strings.TrimSpace(text))
	switch {
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return "a web page; the download may have needed a login", "", true
	case strings.HasPrefix(text, "<?xml"), strings.HasPrefix(text, "<pdml"):
		return "XML text", "", true
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return "JSON text", "", true
	case strings.HasPrefix(text, "0000 "), strings.HasPrefix(text, "000000 "), strings.HasPrefix(text, "0000000 "), strings.HasPrefix(text, "00000000 "):
		return "a hex dump", "text2pcap IN OUT", true
	}
	if netScreen.MatchString(text) {
		return "a NetScreen snoop listing", editcap, true
	}
	return "text", "", true
}

// netScreen finds a line of the text that ScreenOS prints for its "snoop" command.
var netScreen = regexp.MustCompile(` len=\d+:[0-9a-f]{12}->[0-9a-f]{12}/[0-9a-f]{4}\b`)

// isERF recognises Endace's records, which have no file header: the type and length of the first must be possible, and
// those of the second where the first says it begins.
func isERF(b []byte) bool {
	const header = 16
	for i := range 2 {
		if len(b) < header {
			return i > 0
		}
		kind, size := b[8]&0x7f, int(big.u16(b[10:]))
		if kind == 0 || kind > 48 || size < header || b[9]&0xc0 != 0 {
			return false
		}
		if size > len(b) {
			return i > 0 || int(big.u16(b[14:])) <= size
		}
		b = b[size:]
	}
	return true
}

// isClassicPeek recognises the older captures of EtherPeek and its kin, which begin with their version alone: a length, a
// number of packets and three times follow, then seven words of nothing.
func isClassicPeek(b []byte) bool {
	const version, nothing, header = 5, 22, 50
	return len(b) >= header && b[0]-version <= 2 && b[1] == 0 && big.u32(b[2:]) > header && big.u32(b[6:]) > 0 &&
		len(bytes.Trim(b[nothing:header], "\x00")) == 0
}

// fillIn puts the names of input and output into a command for the shell.
func fillIn(command, name string) string {
	if name == "-" || name == "" {
		return command
	}
	return strings.NewReplacer("IN", quote(name), "OUT", quote(path.Base(name)+".pcapng")).Replace(command)
}

// quote returns name as one word of a shell.
func quote(name string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+,:@%", r)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return "'" + strings.ReplaceAll(printable(name), "'", `'\''`) + "'"
	}
	return name
}
