package diagnose

import "tcplab/analyze/wire"

// TwoOwners are the first two answers of different MAC addresses for the server's address, nil when one or none answers.
func (c *Case) TwoOwners() []*wire.NeighborMsg {
	var first *wire.NeighborMsg
	for i := range c.Neighbors {
		m := &c.Neighbors[i]
		if !m.Reply && !c.Conv.Server.Is4() || m.Sender != c.Conv.Server { // whoever asks by ARP claims its own address as well
			continue
		}
		if first == nil {
			first = m
		} else if m.MAC != first.MAC {
			return []*wire.NeighborMsg{first, m}
		}
	}
	return nil
}

// Unresolved is the state of the server's neighbour entry while its MAC address is not known: "INCOMPLETE" or "FAILED",
// "" otherwise.
func (c *Case) Unresolved() string {
	server := c.Server().Addr().Unmap().WithZone("").String()
	for i := range c.Facts {
		for _, n := range c.Facts[i].Neighbors {
			if n.Addr == server && (n.State == "FAILED" || n.State == "INCOMPLETE") {
				return n.State
			}
		}
	}
	return ""
}

// MAC prints a hardware address.
func MAC(m [6]byte) string {
	const hex = "0123456789abcdef"
	buf := make([]byte, 0, 17)
	for i, b := range m {
		if i > 0 {
			buf = append(buf, ':')
		}
		buf = append(buf, hex[b>>4], hex[b&15])
	}
	return string(buf)
}
