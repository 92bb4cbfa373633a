package live

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// ownAddress returns an address of this host that is not a loopback one, and its interface.
func ownAddress(t *testing.T) (netip.Addr, string) {
	t.Helper()
	all, err := Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		for _, p := range i.Addrs {
			if i.Up && !i.Loopback && p.Addr().Is4() {
				return p.Addr(), i.Name
			}
		}
	}
	t.Skip("this host has no address beside the loopback one")
	return netip.Addr{}, ""
}

func TestInterfaces(t *testing.T) {
	all, err := Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	lo := slices.IndexFunc(all, func(i Interface) bool { return i.Name == "lo" })
	if lo < 0 || !all[lo].Loopback || all[lo].Index != 1 || !slices.Contains(all[lo].Addrs, netip.MustParsePrefix("127.0.0.1/8")) {
		t.Fatalf("%+v", all)
	}
}

func TestChooseLoopback(t *testing.T) {
	for addr, why := range map[string]string{
		"127.0.0.1": "127.0.0.1 is a loopback address", "127.9.8.7": "127.9.8.7 is a loopback address",
		"::1": "::1 is a loopback address", "::ffff:127.0.0.1": "127.0.0.1 is a loopback address",
		"0.0.0.0": "means this host itself", "::": "means this host itself",
	} {
		iface, got, err := Choose(netip.MustParseAddr(addr))
		if iface != "lo" || !strings.Contains(got, why) || err != nil {
			t.Errorf("%s: %q, %q, %v", addr, iface, got, err)
		}
	}
}

// TestOwnAddressTravelsOnLo: the address of eth0 is reached through lo, so a capture on eth0 would stay empty.
func TestOwnAddressTravelsOnLo(t *testing.T) {
	addr, carrier := ownAddress(t)
	iface, why, err := Choose(addr)
	if iface != "lo" || !strings.Contains(why, "an address of this host") || err != nil {
		t.Fatalf("%q, %q, %v", iface, why, err)
	}
	err = CheckIface(carrier, addr)
	var open *OpenError
	if !errors.As(err, &open) || !errors.Is(err, ErrWrongIface) || open.Right != "lo" {
		t.Fatalf("CheckIface(%s, %s) = %v", carrier, addr, err)
	}
	for _, ok := range []string{"lo", Any} {
		if err := CheckIface(ok, addr); err != nil {
			t.Errorf("CheckIface(%s, %s) = %v", ok, addr, err)
		}
	}
}

func TestCheckIface(t *testing.T) {
	err := CheckIface("nosuch0", netip.MustParseAddr("127.0.0.1"))
	if !errors.Is(err, ErrNoInterface) || !strings.Contains(err.Error(), "there are lo") {
		t.Errorf("unknown interface: %v", err)
	}
	_, carrier := ownAddress(t)
	if err := CheckIface(carrier, netip.MustParseAddr("::1")); !errors.Is(err, ErrWrongIface) {
		t.Errorf("::1 on %s: %v", carrier, err)
	}
}
