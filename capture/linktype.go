package capture

import "strconv"

// LinkType is a link-layer header type as the capture formats number them (LINKTYPE_ values of pcap-linktype(7)).
type LinkType uint16

// The link types that analyze/wire decodes.
const (
	LinkNull         LinkType = 0
	LinkEthernet     LinkType = 1
	LinkTokenRing    LinkType = 6
	LinkPPP          LinkType = 9
	LinkFDDI         LinkType = 10
	LinkATM          LinkType = 11 // RFC 1483: 802.2 in AAL5
	LinkRawBSD       LinkType = 12 // DLT_RAW on most systems
	LinkRawOpenBSD   LinkType = 14 // DLT_RAW on OpenBSD
	LinkPPPHDLC      LinkType = 50
	LinkPPPEther     LinkType = 51
	LinkRaw          LinkType = 101
	LinkCHDLC        LinkType = 104
	LinkWiFi         LinkType = 105
	LinkFrameRelay   LinkType = 107
	LinkLoop         LinkType = 108
	LinkLinuxSLL     LinkType = 113
	LinkPFLog        LinkType = 117
	LinkPrism        LinkType = 119
	LinkFibreChannel LinkType = 122
	LinkRadiotap     LinkType = 127
	LinkFireWire     LinkType = 138
	LinkAVS          LinkType = 163
	LinkPPI          LinkType = 192
	LinkIPv4         LinkType = 228
	LinkIPv6         LinkType = 229
	LinkNFLog        LinkType = 239
	LinkERF          LinkType = 197
	LinkPKTAP        LinkType = 258
	LinkLinuxSLL2    LinkType = 276
)

// linkNames holds the names that libpcap and capinfos print, without the LINKTYPE_ prefix.
var linkNames = map[LinkType]string{
	LinkNull: "NULL", LinkEthernet: "EN10MB", LinkPPP: "PPP", LinkRawBSD: "RAW", LinkRawOpenBSD: "RAW",
	LinkPPPHDLC: "PPP_SERIAL", LinkPPPEther: "PPP_ETHER", LinkRaw: "RAW", LinkCHDLC: "C_HDLC", LinkLoop: "LOOP",
	LinkLinuxSLL: "LINUX_SLL", LinkIPv4: "IPV4", LinkIPv6: "IPV6", LinkNFLog: "NFLOG", LinkLinuxSLL2: "LINUX_SLL2", LinkERF: "ERF",
	3: "AX25", LinkTokenRing: "IEEE802", 7: "ARCNET", 8: "SLIP", LinkFDDI: "FDDI", LinkATM: "ATM_RFC1483", LinkWiFi: "IEEE802_11", LinkRadiotap: "IEEE802_11_RADIO", LinkPPI: "PPI",
	LinkFrameRelay: "FRELAY", 114: "LTALK", LinkPFLog: "PFLOG", LinkPrism: "PRISM_HEADER", LinkFibreChannel: "IP_OVER_FC", 123: "SUNATM",
	129: "ARCNET_LINUX", LinkFireWire: "APPLE_IP_OVER_IEEE1394", 139: "MTP2_WITH_PHDR",
	140: "MTP2", 141: "MTP3", 142: "SCCP", 143: "DOCSIS", 144: "LINUX_IRDA", 147: "USER0", LinkAVS: "IEEE802_11_AVS",
	166: "PPP_PPPD", 177: "LINUX_LAPD", 187: "BLUETOOTH_HCI_H4", 189: "USB_LINUX",
	195: "IEEE802_15_4_WITHFCS", 199: "IPMB_LINUX", 201: "BLUETOOTH_HCI_H4_WITH_PHDR", 220: "USB_LINUX_MMAPPED",
	227: "CAN_SOCKETCAN", 230: "IEEE802_15_4_NOFCS", 231: "DBUS", 240: "NETANALYZER", 242: "IPOIB", 243: "MPEG_2_TS",
	247: "INFINIBAND", 248: "SCTP", 249: "USBPCAP", 251: "BLUETOOTH_LE_LL", 252: "WIRESHARK_UPPER_PDU", 253: "NETLINK",
	254: "BLUETOOTH_LINUX_MONITOR", 256: "BLUETOOTH_LE_LL_WITH_PHDR", LinkPKTAP: "PKTAP", 270: "ISO_14443", 272: "VSOCK",
}

// String returns the name of t, or "LINKTYPE_<n>" when it has none here.
func (t LinkType) String() string {
	if name, ok := linkNames[t]; ok {
		return name
	}
	return "LINKTYPE_" + strconv.Itoa(int(t))
}
