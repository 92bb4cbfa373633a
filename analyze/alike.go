package analyze

import (
	"reflect"
	"sync/atomic"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
)

// alike is what noted attempts of one likeness have in common: all of the report but what is their own. The first one of a
// likeness is reported as any connection; when a second one comes examples show what there is to put in place, and from then on
// attempts of the likeness are neither followed nor judged.
type alike struct {
	diagnose.Likeness
	like      *diagnose.Like // nil: it was met once, or attempts of the likeness are not told the same
	conn      report.Connection
	handshake report.Handshake
	resetBy   [1]uint32 // what conn.Close.Frames holds, if anything
	tried     bool
}

// alikes are those that were met, by hash: one goroutine learns them, and all look them up.
type alikes struct {
	known [512]atomic.Pointer[alike]
	n     uint32 // that were learned
}

func (t *alikes) at(l *diagnose.Likeness) *atomic.Pointer[alike] {
	return &t.known[l.Hash()%uint32(len(t.known))]
}

// find returns what is known of a likeness, nil when attempts of it are to be followed.
func (t *alikes) find(l *diagnose.Likeness) *alike {
	if a := t.at(l).Load(); a != nil && a.like != nil && a.Likeness == *l {
		return a
	}
	return nil
}

// meet notes that an attempt of a likeness was reported.
func (t *alikes) meet(l *diagnose.Likeness, j *judge, opt Options) {
	at := t.at(l)
	switch a := at.Load(); {
	case a == nil || a.Likeness != *l:
		at.Store(&alike{Likeness: *l})
	case !a.tried:
		t.n++
		at.Store(learn(l, t.n, j, opt))
	}
}

// learn makes what attempts of a likeness have in common, of examples of it; number is the likeness's.
func learn(l *diagnose.Likeness, number uint32, j *judge, opt Options) *alike {
	a := &alike{Likeness: *l, tried: true}
	like, list := j.engine.Learn(l)
	if like == nil {
		return a
	}
	a.conn = connection(list[0].Conv, opt)
	a.handshake = *a.conn.Handshake
	a.conn.Handshake, a.conn.Close.Frames = &a.handshake, a.resetBy[:len(a.conn.Close.Frames)]
	for i := range list {
		client, server := list[i].Conv.Client.String(), list[i].Conv.Server.String()
		if a.put(&list[i].Own, client, server); !reflect.DeepEqual(a.conn, connection(list[i].Conv, opt)) {
			return a
		}
	}
	a.like, a.conn.Alike = like, number
	return a
}

// put makes a.conn the attempt o, between the given addresses.
func (a *alike) put(o *flow.Own, client, server string) {
	c := &a.conn
	frame, last := a.Last(o)
	c.ID, c.Client.Addr, c.Client.Port, c.Server.Addr = o.ID, client, o.ClientPort, server
	c.FirstFrame, c.LastFrame = o.Frames[0], frame
	c.Start, c.Duration = o.Times[0].Time(), report.Seconds(last.Sub(o.Times[0]))
	c.Handshake.SYN = o.Frames[0]
	for i := range c.Close.Frames {
		c.Close.Frames[i] = frame
	}
}
