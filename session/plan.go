package session

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Plan is a run in full: which processes take part and what each does. scenario builds plans; they are plain data.
type Plan struct {
	Name     string
	Target   netip.AddrPort // where the client expects the server
	Ports    []uint16       // further ports whose packets belong to the run
	ARP      bool           // so do the questions for a host on the link
	Any      bool           // nobody knows the ports before: all TCP and UDP belongs to the run
	Actors   []Script
	Deadline time.Duration // for the whole exchange; 0: ten seconds
}

// Script is what one actor does, from top to bottom.
type Script struct {
	Actor string `json:"actor"` // "client", "server", "client2" …
	Steps []Step `json:"steps"`
	// Host is the host of a lab on which the actor runs; "" is this one. Hooks.Enter knows it.
	Host string `json:"host,omitempty"`
	// ForkedBy names the actor that starts this one with a Fork step; "" is an actor of its own.
	ForkedBy string `json:"forked_by,omitempty"`
	// Children are the actors that this one forks, in the order of their pipes. Run fills it in.
	Children []string `json:"children,omitempty"`
}

// Filter is the capture filter that lets the packets of the run through: its ports, and the ICMP errors that may answer.
func (p Plan) Filter() string {
	if p.Any {
		return "tcp or udp or icmp or icmp6"
	}
	terms := []string{"port " + strconv.Itoa(int(p.Target.Port()))}
	for _, port := range p.Ports {
		terms = append(terms, "port "+strconv.Itoa(int(port)))
	}
	terms = append(terms, "icmp", "icmp6")
	if p.ARP {
		terms = append(terms, "arp")
	}
	return strings.Join(terms, " or ")
}

// Place puts the actors on two hosts, each on that of its side.
func (p *Plan) Place(client, server string) {
	for i := range p.Actors {
		a := &p.Actors[i]
		if a.Host != "" { // the scenario has said where
			continue
		}
		a.Host = client
		if a.Serves() {
			a.Host = server
		}
	}
}

// Step is one thing an actor does; most are one system call. Its constructors say what each Op uses of the fields.
type Step struct {
	Op      string         `json:"op"`
	Sock    string         `json:"sock,omitempty"` // the program's variable that holds the descriptor
	Conn    string         `json:"conn,omitempty"` // the variable that accept fills
	Addr    netip.AddrPort `json:"addr,omitzero"`
	Option  string         `json:"option,omitempty"`
	Value   int            `json:"value,omitempty"`
	Data    []byte         `json:"data,omitempty"` // bytes, not text: a message need not be UTF-8
	Size    int            `json:"size,omitempty"`
	Wait    time.Duration  `json:"wait,omitempty"`
	Event   string         `json:"event,omitempty"`
	Steps   []Step         `json:"steps,omitempty"`
	Program *Program       `json:"program,omitempty"`
	OnError OnError        `json:"on_error,omitzero"`
}

// OnError says what the program does when the call fails. The zero value prints the error and exits with status 1, as a
// program that checks each call does.
type OnError struct {
	Continue bool `json:"continue,omitempty"` // the program does not look at the result
	Quit     bool `json:"quit,omitempty"`     // it exits, but with Status
	Status   int  `json:"status,omitempty"`
}

// Unchecked returns s as a program makes it that ignores the result.
func (s Step) Unchecked() Step { s.OnError = OnError{Continue: true}; return s }

// OrExit returns s as a program makes it that exits with status when the call fails.
func (s Step) OrExit(status int) Step { s.OnError = OnError{Quit: true, Status: status}; return s }

// NoSignal returns a send step with MSG_NOSIGNAL: a peer that is gone gives EPIPE and no SIGPIPE.
func (s Step) NoSignal() Step { s.Value |= unix.MSG_NOSIGNAL; return s }

// DontWait returns a send step with MSG_DONTWAIT: a full send buffer gives EAGAIN.
func (s Step) DontWait() Step { s.Value |= unix.MSG_DONTWAIT; return s }
