//go:build cgo

package live

import (
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"tcplab/capture"
)

// TestInterfaceDown: in a fresh namespace lo is down; a capture there would stay silent without a word.
func TestInterfaceDown(t *testing.T) {
	inNewNamespace(t, "true", func() {
		if _, err := Open("lo", ""); !errors.Is(err, ErrDown) {
			t.Errorf("got %v", err)
		}
	})
}

// TestInterfaceVanishes: an interface that is removed under the capture ends it with an error, not with a hang.
func TestInterfaceVanishes(t *testing.T) {
	inNewNamespace(t, "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up", func() {
		h, err := OpenWith("v0", "", Options{Buffer: 1 << 20})
		if err != nil {
			t.Error(err)
			return
		}
		defer h.Close()
		if err = exec.Command("ip", "link", "del", "v0").Run(); err != nil {
			t.Error(err)
		}
		var f capture.Frame
		for err == nil {
			err = h.Next(&f)
		}
		if err == io.EOF || !strings.HasPrefix(err.Error(), "v0: capture ended: ") {
			t.Errorf("Next: %v", err)
		}
	})
}
