// Tcplab runs a TCP client and server under capture and explains what crossed the wire; it reads saved captures the same
// way, and says why a connection failed.
//
// # Run something
//
// A scenario is a client, a server and what each of them does. Both are processes of their own that make plain blocking
// system calls; the report puts calls and segments on one timeline:
//
//	$ tcplab trace --iface lo --save hello > hello.txt
//
// Without --iface the interface is the one that the route to the server's address uses. Without the right to capture,
// --sealed runs the same in a network of its own. Every scenario can be listed and given other messages, ports and sizes:
//
//	$ tcplab scenarios > list.txt
//	$ tcplab trace hello --port 0 --param message="how do you do" > other.txt
//
// What --save wrote is a directory with frames.pcapng, which Wireshark opens too, the calls, and what the host said of
// itself. It is read back as the same report, byte for byte:
//
//	$ tcplab analyze hello > again.txt && cmp hello.txt again.txt
//
// # Read captures
//
// Analyze prints a line for each connection; the last column is how it went, by its ending or by the cause of its
// failure:
//
//	$ tcplab analyze hello/frames.pcapng
//	hello/frames.pcapng · pcapng · EN10MB · 10 packets · 766 bytes · 0.262 ms
//	from 2026-11-21 04:26:47 UTC · 1 connection
//
//	# client          server         start  took B c→s B s→c how it went
//	────────────────────────────────────────────────────────────────────────────────
//	0 127.0.0.1:37848 127.0.0.1:8080     0 262µs    45    45 closed 3-way
//
// One connection, segment by segment, with the states of both ends after each:
//
//	$ tcplab analyze hello/frames.pcapng --conn 0
//	connection 0 · 127.0.0.1:37848 → 127.0.0.1:8080 · 10 segments · 0.262 ms
//	from 2026-11-21 04:26:47.109544 UTC
//
//	frame    ms     flags   seq  ack len   win client / server
//	────────────────────────────────────────────────────────────────────────────────
//	    1 0.000 →   SYN     0          0 65495 SYN-SENT / SYN-RECEIVED
//	    2 0.015   ← SYN,ACK 0      1   0 65483 ESTABLISHED / SYN-RECEIVED
//	    3 0.030 →   ACK     1      1   0 65536 ESTABLISHED / ESTABLISHED
//	    4 0.065 →   PSH,ACK 1:46   1  45 65536 ESTABLISHED / ESTABLISHED
//	    5 0.072   ← ACK     1     46   0 65536 ESTABLISHED / ESTABLISHED
//	    6 0.163   ← PSH,ACK 1:46  46  45 65536 ESTABLISHED / ESTABLISHED
//	    7 0.168 →   ACK     46    46   0 65536 ESTABLISHED / ESTABLISHED
//	    8 0.190 →   FIN,ACK 46    46   0 65536 FIN-WAIT-1 / CLOSE-WAIT
//	    9 0.253   ← FIN,ACK 46    47   0 65536 TIME-WAIT / LAST-ACK
//	   10 0.262 →   ACK     47    47   0 65536 TIME-WAIT / CLOSED
//
//	 handshake   complete in 0.030 ms · MSS 65495 · SACK · timestamps · scale ×1024
//	 data        45 bytes → · ← 45 bytes · nothing lost, nothing repeated
//	 ending      three-way, client closed first (segments 8, 9 and 10) · the client
//	             holds TIME-WAIT
//
// What both ends said, where some bytes were sent, and only the connections that meet a condition, which "tcplab where"
// explains:
//
//	$ tcplab analyze hello/frames.pcapng --follow 0 --hex > said.txt
//	$ tcplab analyze hello/frames.pcapng --find Hello > found.txt
//	$ tcplab analyze hello/frames.pcapng --where 'close == three-way' --top 3 --by duration > longest.txt
//
// For programs there is JSON, described by "tcplab schema", and one connection a line with ndjson. --fail-on makes an
// exit status of what was found:
//
//	$ tcplab analyze hello/frames.pcapng --format json --segments > report.json
//	$ tcplab analyze hello/frames.pcapng --fail-on reset,refused > /dev/null
//
// For people there is a page that needs no network, and pictures for papers and slides: the ladder of both ends, and the
// time-sequence graph, as SVG or PNG. --output names the file, --conn the connection; pictures are drawn beside a report of
// any format too:
//
//	$ tcplab analyze hello --format html --output report.html
//	$ tcplab analyze hello --format svg-sequence --conn 0 --output sequence.svg
//	$ tcplab analyze hello --svg ladder.svg --png ladder.png > report.txt
//
// # Look around
//
// "tcplab view FILE" browses a capture or a saved run in the terminal: connections, the ladder of one of them, the fields
// and payload of a segment, findings with their proof. Keys stand at the bottom of the screen, ? lists all of them. It needs
// a terminal and says so where there is none:
//
//	$ tcplab view hello 2> refusal.txt || grep hint refusal.txt
//	hint: tcplab analyze hello prints the same where there is no terminal
//
// # Ask why
//
// Diagnose prints what went wrong and nothing else, for captures or for one attempt to connect:
//
//	$ tcplab diagnose hello
//	 no fault found
//	 seen        1 connection in 10 packets, 1 closed in order
//	$ tcplab diagnose 127.0.0.1:9 | head -2
//	 connect to 127.0.0.1:9 was REFUSED: nothing listens on the port
//	 closed-port, certain
//
// Each cause has a page in the manual:
//
//	$ tcplab explain closed-port | head -3
//	closed-port: nothing listens on the port
//
//	family     refused
//
// # Check, compare, hand in
//
// Check asserts facts that hold of every good run, for graders and CI: status 4 when one does not hold, and then what was
// expected, what was seen and in which frames. Facts come from flags, or from a YAML file that --init proposes:
//
//	$ tcplab check hello --opened --closed-by client --bytes-to-server 45
//	✓ conn 0: opened
//	✓ conn 0: closed-by client
//	✓ conn 0: bytes-to-server 45
//	$ tcplab check --init hello > expect.yaml && tcplab check expect.yaml hello --junit results.xml > /dev/null
//
// A report without the luck of one run can be handed in and compared byte for byte: hosts are C and S, ports that nobody
// chose have names, times are classes, and clocks in payloads stand still. The same scenario gives the same sum every time:
//
//	$ tcplab analyze hello --canonical | head -3
//	scenario hello (fixed)
//	  addr = S
//	  backlog = 3
//	$ tcplab trace hello --canonical | sha256sum > one && tcplab trace hello --canonical | sha256sum > two && cmp one two
//
// What is of this run and this host alone (addresses, process numbers, initial numbers, measured times, the frames that
// prove a finding) is a second section, behind a line that begins with ---:
//
//	$ tcplab analyze hello --canonical=host | grep -A1 "^---"
//	--- host: what follows is of this run and this host alone
//	tool devel
//
// Diff compares two captures or runs in that form, with the statuses of diff(1):
//
//	$ tcplab trace hello --save again --param reply=Goodbye > /dev/null && tcplab diff hello again | head -5
//	--- hello
//	+++ again
//	parameter reply
//	- Hello from server
//	+ Goodbye
//
// Annotate writes the same packets with comments that Wireshark shows beside them: the phase, what the segment does in plain
// words, why it is marked, the finding it proves and the call that caused it:
//
//	$ tcplab analyze hello --annotate explained.pcapng > /dev/null
//
// A capture that can be shared holds the same exchange with other addresses, numbers and times, and right checksums:
//
//	$ tcplab analyze hello --canonical-pcap share.pcapng > /dev/null && tcplab diff hello share.pcapng
//
// Answers answers the questions of well-known lab exercises from a capture, with the frames that prove each answer; what a
// capture does not show it says so:
//
//	$ tcplab answers vu-a2 hello | head -3
//	1   which segments are the handshake, and how can you tell
//	    frame 1: SYN, number 1827257973; frame 2: SYN,ACK, number 3450085363,
//	    acknowledges 1827257973 + 1; frame 3: ACK, acknowledges 3450085363 + 1
//
// # Exit status
//
// 0 done; 1 failed; 2 wrong usage; 3 done, but the input was cut or damaged, frames were lost or the run was interrupted:
// the report covers what there is; 4 a --fail-on condition was met or a check did not hold. Results go to standard output, everything said to a
// person to standard error.
package main
