// Package script is a language for captures: a person can write an incident as text, a program can print one, and what is
// parsed are real frames, system calls and host facts that go through the same decoder as any capture.
//
// One line is one thing; # begins a comment. Boxes have names that begin with a capital, actors are lower case:
//
//	C 10.0.0.1:40000 ttl 63 mac 02:00:0a:00:00:01 isn 1000
//	S 10.0.0.2:80
//	R 10.0.0.254
//
// declares the ends C and S and a router R. Without declarations C is 127.0.0.1:40000 and S is 127.0.0.1:8080. Any number
// of ends may be declared; each pair of them is a connection. What stands behind the address holds for all packets of the
// box; isn is the initial sequence number that its relative numbers count from.
//
//	0.000009 C > S  S   0:0(0) win 65495 <mss 65495,sackOK,TS val 1 ecr 0,nop,wscale 7>
//	0.000018 S > C  R.  0:0(0) ack 1 win 0
//	0.000100 C > S  P.  1:6(5) ack 1 win 502 ttl 60 id 7 "hello"
//
// is a segment: time in seconds, sender > receiver, tcpdump's flag letters, first:next(length), ack, window as sent, not
// scaled. Sequence numbers are relative to the ISN of each direction; of a box that has sent no SYN yet, a number is raw, so
// that a refusal reads 0. Options in angle brackets are as tcpdump prints them. Behind them may stand
//
//	ttl N, id N, tos N, mac M, df, nodf      fields of the layers below
//	isn N                                    of a SYN: the ports are used again, with this number
//	raw                                      seq and ack are raw numbers
//	badsum                                   the TCP checksum is wrong by one
//	"text"                                   the payload begins so; it is filled up with x
//
// ICMP errors quote a frame by its number, ARP and neighbour discovery ask and answer:
//
//	0.000200 R > C  icmp 3/13 quoting 1
//	0.000200 R > C  icmp 3/4 mtu 1280 quoting 5
//	0.000000 C asks S
//	0.000050 S answers C mac 02:00:00:00:00:07
//
// A call has a begin, an end behind "...", a result, and an errno when it failed; "= ?" never returned. A box name among the
// arguments stands for its address:
//
//	0.000000 client connect(S) = -1 ECONNREFUSED ... 0.000041
//	0.000100 server recv(1024) = 5 ... 0.000110
//
// The actor client acts at box C, server at S, client2 at C2. All other lines are facts of a host. "host NAME WHEN" begins a
// snapshot; without it they are of host local, after the run:
//
//	host server before
//	address eth0 10.0.0.2/24 nocarrier
//	listen 127.0.0.1:22 process sshd pid 712 recvq 2 sendq 1 v6only device lo netns web
//	bound 10.0.0.2:9000
//	udp 0.0.0.0:53
//	socket TIME-WAIT 10.0.0.2:80 10.0.0.1:40000 timer 34s
//	sysctl net.ipv4.tcp_syn_retries 6
//	counter TcpExt.ListenOverflows 3
//	route 10.9.9.9 dev eth0 via 10.0.0.254 error ENETUNREACH
//	neighbor 10.0.0.2 dev eth0 FAILED
//	firewall tcp dport 80 reject with tcp reset
//	said 0.000012 tcp_send_reset NO_SOCKET S C state TCP_LISTEN where tcp_v4_rcv
//	missing namespaces needs root
//	dropped 12
//
// The last one says that the capture lost 12 frames.
package script
