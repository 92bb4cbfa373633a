// Package refused holds the causes of connection attempts that were refused: with a RST, with an ICMP error, or by the
// client's own host before a packet left it.
package refused
