// Tcplab runs a TCP client and server under capture and explains what crossed the wire.
package main
