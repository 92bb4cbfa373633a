//go:build cgo

package live

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"tcplab/capture"
)

// TestFilterMatch judges the same segment under each link type, SLL2 (276, which does not fit into 8 bits) among them.
func TestFilterMatch(t *testing.T) {
	ip := []byte{0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1, // IPv4, TCP
		0x1f, 0x90, 0x82, 0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0} // 8080 -> 33333 SYN
	ethernet := append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, ip...)
	links := map[capture.LinkType][]byte{
		capture.LinkEthernet:  ethernet,
		capture.LinkRaw:       ip,
		capture.LinkLinuxSLL:  append([]byte{0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, ip...),
		capture.LinkLinuxSLL2: append([]byte{8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0}, ip...),
		capture.LinkNull:      append([]byte{2, 0, 0, 0}, ip...),
	}
	exprs := map[string]bool{"tcp port 8080": true, "tcp port 8081": false, "tcp[tcpflags] == tcp-syn": true, "udp": false,
		"greater 1000": true, "host 127.0.0.1 and not port 33333": false}
	for link, data := range links {
		for expr, want := range exprs {
			filter, err := Compile(expr, link, 0)
			if err != nil {
				t.Errorf("%s: %v", link, err)
				continue
			}
			frame := capture.Frame{Link: link, Data: data, WireLen: 1400} // cut by the snap length: "greater" asks for the wire
			if got := filter.Match(&frame); got != want {
				t.Errorf("%s, %q: %v, want %v", link, expr, got, want)
			}
			for n := range data { // a shorter cut must neither match wrongly nor read past the end
				frame.Data = data[:n:n]
				if got := filter.Match(&frame); got && !want {
					t.Errorf("%s, %q cut to %d bytes: matches", link, expr, n)
				}
			}
		}
	}
}

func TestCompileErrors(t *testing.T) {
	_, err := Compile("tcp prot 80", capture.LinkEthernet, 0)
	if !errors.Is(err, ErrFilter) || !strings.Contains(err.Error(), `filter "tcp prot 80"`) {
		t.Errorf("syntax: %v", err)
	}
}

// TestFilterShared uses one filter from several goroutines; the race detector watches.
func TestFilterShared(t *testing.T) {
	filter, err := Compile("greater 100", capture.LinkEthernet, 0)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wrong := make(chan string, 4)
	for g := range 4 {
		wg.Go(func() {
			for range 1000 {
				frame := capture.Frame{Data: make([]byte, 60), WireLen: uint32(60 + 60*(g%2))}
				if filter.Match(&frame) != (g%2 == 1) {
					wrong <- fmt.Sprint("goroutine ", g)
					return
				}
			}
		})
	}
	wg.Wait()
	close(wrong)
	for w := range wrong {
		t.Error(w)
	}
}
