package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Params are what the user may change. The zero value of a field takes the scenario's default.
type Params struct {
	Variant  string
	Addr     netip.Addr // of the server
	Port     uint16
	FreePort bool   // choose a free port instead of Port
	Message  string // what the client says
	Reply    string // what the server says
	Backlog  int
	NoQueue  bool // Backlog 0 was asked for, which is a backlog of its own and not the default
	Buffer   int  // size of the receive buffers
	Size     int  // how much data, where it matters
}

// Said is what the client says: Message, or as many bytes as Size asks for.
func (p Params) Said() string {
	if p.Size > 0 {
		return strings.Repeat("x", p.Size)
	}
	return p.Message
}

// Server is the address the server listens on and the client connects to.
func (p Params) Server() netip.AddrPort { return netip.AddrPortFrom(p.Addr, p.Port) }

// Any is the server's port on every address of its family, INADDR_ANY.
func (p Params) Any() netip.AddrPort {
	if p.Addr.Is6() {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), p.Port)
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), p.Port)
}

// Set sets the parameter called key from its text, as --param key=value gives it. Port 0 chooses a free port. After an
// error p is what it was.
func (p *Params) Set(key, value string) error {
	changed := *p
	if err := changed.set(key, value); err != nil {
		return err
	}
	*p = changed
	return nil
}

func (p *Params) set(key, value string) (err error) {
	switch key {
	case "addr":
		p.Addr, err = netip.ParseAddr(value)
	case "port":
		var port uint64
		if port, err = strconv.ParseUint(value, 10, 16); err != nil {
			err = errors.New("ports are numbers from 0 to 65535")
		}
		p.Port, p.FreePort = uint16(port), port == 0
	case "message":
		p.Message = value
	case "reply":
		p.Reply = value
	case "backlog":
		if p.Backlog, err = strconv.Atoi(value); err != nil {
			err = errors.New("must be a whole number")
		} else if p.Backlog < 0 {
			err = errors.New("must not be negative")
		}
		p.NoQueue = p.Backlog == 0
	case "buffer":
		p.Buffer, err = positive(value)
	case "size":
		p.Size, err = positive(value)
	default:
		return fmt.Errorf("no parameter %q; there are: addr, port, message, reply, backlog, buffer, size", key)
	}
	if err != nil {
		return fmt.Errorf("parameter %s=%s: %w", key, value, err)
	}
	return nil
}

func positive(text string) (int, error) {
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		err = errors.New("must be a whole number")
	case n < 1:
		err = errors.New("must be at least 1")
	}
	return n, err
}

// Map returns the parameters that matter to the scenario as text, for the record of the run.
func (p Params) Map() map[string]string {
	m := map[string]string{"addr": p.Addr.String(), "port": strconv.Itoa(int(p.Port))}
	for key, value := range map[string]string{"message": p.Message, "reply": p.Reply} {
		if value != "" {
			m[key] = value
		}
	}
	if p.NoQueue {
		m["backlog"] = "0"
	}
	for key, value := range map[string]int{"backlog": p.Backlog, "buffer": p.Buffer, "size": p.Size} {
		if value != 0 {
			m[key] = strconv.Itoa(value)
		}
	}
	return m
}
