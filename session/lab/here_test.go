package lab

import (
	"os"
	"testing"

	"github.com/vishvananda/netlink"
)

// TestHere: a sealed process gets a lo that is up and has a wire's MTU; the network of the machine is not touched.
func TestHere(t *testing.T) {
	if !Sealed() {
		if err := Here(); err == nil {
			t.Fatal("the machine's own network was changed")
		}
		cmd := sealedCommand("-test.run=^TestHere$", "-test.v")
		out, err := cmd.CombinedOutput()
		if err != nil && os.Geteuid() != 0 {
			t.Skipf("no sealed process here: %v", err)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := Here(); err != nil {
		t.Fatal(err)
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	if a := lo.Attrs(); a.MTU != 1500 || a.Flags&1 == 0 {
		t.Errorf("lo: %+v", a)
	}
}
