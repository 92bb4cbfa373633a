package capture

import "net/netip"

// Fate is what the scripted cable of a lab did with one packet. Packets that the cable made itself have a fate of their own.
type Fate struct {
	Number int            `json:"number"` // from 1, in the order of coming
	Dir    string         `json:"dir"`    // "c2s" or "s2c"
	Came   Stamp          `json:"came"`
	Left   Stamp          `json:"left,omitempty"` // 0: never
	Src    netip.AddrPort `json:"src,omitzero"`   // zero for what is not IP
	Dst    netip.AddrPort `json:"dst,omitzero"`
	Flags  string         `json:"flags,omitempty"` // TCP: tcpdump's letters, as they came
	Seq    uint32         `json:"seq,omitempty"`   // raw
	Ack    uint32         `json:"ack,omitempty"`
	Len    int            `json:"len,omitempty"`   // payload bytes
	Kind   string         `json:"kind,omitempty"`  // "arp", "icmp", "udp", "ip" when it is not TCP
	Fate   string         `json:"fate"`            // "carried", "changed", "dropped", "cut off", "answered", "copy", "forged" …
	Rules  []string       `json:"rules,omitempty"` // that applied, as written
	Of     int            `json:"of,omitempty"`    // the fate that a copy or forged packet follows
}
