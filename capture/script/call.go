package script

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"tcplab/capture"
	"tcplab/capture/calls"
)

// actor is a program of the script: where it acts, and whom it talks to.
type actor struct {
	local, remote string
}

var callForm = regexp.MustCompile(`^\s*\S+\s+(\w+)\s+(\w+)\((.*)\)\s*=\s*(-?\d+|\?)(?:\s+(E\w+))?(?:\s+\.\.\.\s+(\S+))?\s*(?:#.*)?$`)

// call reads a call's line.
func (p *parser) call(at capture.Stamp, name, line string) error {
	m := callForm.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
	if m == nil {
		return fmt.Errorf("a call is  TIME ACTOR OP(ARGS) = RESULT [ERRNO] [... END]")
	}
	c := calls.Call{Number: uint32(len(p.out.Calls) + 1), Actor: name, Op: m[2], Args: m[3], FD: 3, Begin: at, End: at}
	if m[4] == "?" {
		c.End = 0
	} else if n, err := strconv.Atoi(m[4]); err == nil {
		c.N = n
	} else {
		return fmt.Errorf("%s is not a result", m[4])
	}
	if m[5] != "" {
		if c.Errno = errnoOf(m[5]); c.Errno == 0 {
			return fmt.Errorf("%s is not an errno of Linux", m[5])
		}
	}
	if m[6] != "" {
		end, err := seconds(m[6])
		if err != nil || end < at {
			return fmt.Errorf("the call ends at %q, which is no time after its begin", m[6])
		}
		c.End = end
	}
	if err := p.place(&c); err != nil {
		return err
	}
	p.out.Calls = append(p.out.Calls, c)
	return nil
}

// errnoOf is the number of an errno name, 0 when there is none.
func errnoOf(name string) syscall.Errno {
	for e := syscall.Errno(1); e < 134; e++ {
		if calls.ErrnoName(e) == name {
			return e
		}
	}
	return 0
}

// place fills in the addresses of a call.
func (p *parser) place(c *calls.Call) error {
	a := p.actors[c.Actor]
	if a == nil {
		a = &actor{}
		p.actors[c.Actor] = a
	}
	end, err := p.endOf(c)
	if err != nil {
		return err
	}
	switch c.Op {
	case "connect":
		a.remote = end
		if b := p.home(c.Actor); b != nil {
			a.local = netip.AddrPortFrom(b.addr, b.port).String()
		}
	case "accept", "accept4":
		if end == "" && c.N >= 0 {
			end = p.address("C")
		}
		a.remote = end
		if b := p.home(c.Actor); b != nil {
			a.local = netip.AddrPortFrom(b.addr, b.port).String()
		}
	case "bind", "listen":
		if end != "" {
			a.local = end
		}
		a.remote = ""
	}
	c.Local, c.Remote = a.local, a.remote
	return nil
}

// endOf is the address among the arguments, "" when there is none; box names in them are replaced by addresses.
func (p *parser) endOf(c *calls.Call) (string, error) {
	words := strings.Split(c.Args, ",")
	end := ""
	for i, word := range words {
		word = strings.TrimSpace(word)
		if isBox(word) && p.known(word) {
			b, err := p.box(word)
			if err != nil {
				return "", err
			}
			end = netip.AddrPortFrom(b.addr, b.port).String()
			words[i] = strings.Replace(words[i], word, end, 1)
		} else if at, err := netip.ParseAddrPort(word); err == nil {
			end = at.String()
		}
	}
	c.Args = strings.Join(words, ",")
	return end, nil
}

func (p *parser) known(name string) bool {
	return p.boxes[name] != nil || name == "C" || name == "S"
}

// home is the box an actor acts at: client at C, server at S, client2 at C2; nil when there is none.
func (p *parser) home(actor string) *box {
	for prefix, letter := range map[string]string{"client": "C", "server": "S"} {
		if rest, ok := strings.CutPrefix(actor, prefix); ok && p.known(letter+rest) {
			b, _ := p.box(letter + rest)
			return b
		}
	}
	return nil
}

func (p *parser) address(name string) string {
	b, _ := p.box(name)
	return netip.AddrPortFrom(b.addr, b.port).String()
}
