package script_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"tcplab/capture"
	"tcplab/capture/script"
)

const refused = `
0.000000 client connect(S) = -1 ECONNREFUSED ... 0.000041
0.000009 C > S  S  0:0(0) win 65495 <mss 65495,sackOK,TS val 1 ecr 0,nop,wscale 7>
0.000018 S > C  R. 0:0(0) ack 1 win 0
listen 127.0.0.1:22 process sshd pid 712
`

func frames(t *testing.T, s *script.Script) []capture.Frame {
	t.Helper()
	var all []capture.Frame
	for src := s.Source(); ; {
		var f capture.Frame
		if err := src.Next(&f); err == io.EOF {
			return all
		}
		all = append(all, f)
	}
}

// gopacket's layers are the oracle of the bytes: fields, options and both checksums.
func decode(t *testing.T, f capture.Frame) (*layers.TCP, gopacket.Packet) {
	t.Helper()
	p := gopacket.NewPacket(f.Data, layers.LayerTypeEthernet, gopacket.Default)
	tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !ok || p.ErrorLayer() != nil {
		t.Fatalf("frame %d: %v", f.Number, p)
	}
	return tcp, p
}

func TestRefusal(t *testing.T) {
	s, err := script.Parse("refused", refused)
	if err != nil {
		t.Fatal(err)
	}
	all := frames(t, s)
	syn, _ := decode(t, all[0])
	rst, _ := decode(t, all[1])
	if !syn.SYN || syn.Window != 65495 || len(syn.Options) != 5 {
		t.Errorf("SYN: %+v", syn)
	}
	if !rst.RST || !rst.ACK || rst.Seq != 0 || rst.Ack != syn.Seq+1 || rst.Window != 0 {
		t.Errorf("RST: %+v", rst)
	}
	c := s.Calls[0]
	if c.Op != "connect" || c.N != -1 || c.Errno.Error() != "connection refused" || c.Remote != "127.0.0.1:8080" || c.Duration() != 41000 {
		t.Errorf("call: %+v", c)
	}
	if sock := s.Facts[0].Sockets[0]; sock.Local != "127.0.0.1:22" || sock.PID != 712 || sock.State != "LISTEN" {
		t.Errorf("socket: %+v", sock)
	}
}

func TestChecksums(t *testing.T) {
	for _, text := range []string{
		"C 10.0.0.1:4 isn 4294967295\nS 10.0.0.2:5\n0 C > S S 0:0(0) win 1\n1 S > C S. 0:0(0) ack 1 win 2\n2 C > S P. 1:4(3) ack 1 win 3 \"abc\"",
		"C [2001:db8::1]:4\nS [2001:db8::2]:5\n0 C > S S 0:0(0) win 1 <mss 1440,sack 1 {3:9}>\n1 S > C S. 0:0(0) ack 1 win 2",
	} {
		s, err := script.Parse("sums", text)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range frames(t, s) {
			tcp, p := decode(t, f)
			tcp.SetNetworkLayerForChecksum(p.NetworkLayer())
			want := tcp.Checksum
			buf := gopacket.NewSerializeBuffer()
			payload := gopacket.Payload(tcp.Payload)
			if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{ComputeChecksums: true}, tcp, payload); err != nil {
				t.Fatal(err)
			}
			if got := uint16(buf.Bytes()[16])<<8 | uint16(buf.Bytes()[17]); got != want {
				t.Errorf("frame %d: checksum %#x, gopacket says %#x", f.Number, want, got)
			}
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for text, want := range map[string]string{
		"\n0 C > S S 0:0(5) win 1":                        "x:2: 0 and 5 bytes do not end at 0",
		"0 C > X S 0:0(0) win 1":                          `x:1: box "X" is not declared`,
		"0 C > S Q 0:0(0)":                                "x:1: 'Q' is no flag",
		"0 C > S S 0:0(0) <mss 99999>":                    `x:1: TCP option "mss 99999"`,
		"0 R > C icmp 3/3 quoting 1\nR 10.0.0.1":          `x:1: box "R" is not declared`,
		"0 S > C icmp 3/3 quoting 1":                      "x:1: an ICMP error quotes a frame above it",
		"0 client connect(S) = -1 ENOTHING":               "x:1: ENOTHING is not an errno",
		"hello":                                           `x:1: "hello" begins no line of a script`,
		"C 10.0.0.1:1\nS [::1]:2\n0 C > S S 0:0(0) win 1": "x:3: C and S have addresses of different families",
	} {
		_, err := script.Parse("x", text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(refused)
	f.Add("C [::1]:1\nS [::1]:2\n0 C asks S\n0.1 S answers C mac 02:00:00:00:00:09\n1 S > C none 5:8(3) raw \"x\" tos 3 badsum id 9 nodf")
	f.Add("R 1.2.3.4 ttl 9\n0 C > S SEW 0:0(0) <tfo cookiereq,md5,unknown-99 0x01>\n0 R > C icmp 3/4 mtu 1280 quoting 1")
	f.Add("host server before\nsocket TIME-WAIT 1.2.3.4:5 6.7.8.9:10 timer 3s\nroute 1.2.3.4 dev x via y\nmissing a needs b\ndropped 3")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := script.Parse("fuzz", text)
		if err != nil {
			return
		}
		for _, frame := range frames(t, s) {
			if len(frame.Data) < 14 || int(frame.WireLen) != len(frame.Data) {
				t.Fatalf("frame %d has %d bytes, says %d", frame.Number, len(frame.Data), frame.WireLen)
			}
		}
	})
}
