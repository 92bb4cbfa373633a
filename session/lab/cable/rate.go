package cable

import "time"

// link is a slow line, in each direction one: it is busy with what it has taken until then.
type link [2]time.Time

// throttle passes the packet through a line of the rule's rate. What would wait longer than the line's queue holds is dropped, as a
// router does. A policer counts the same and lets nothing wait (RFC 2697: its queue is a bucket of tokens).
func (e *engine) throttle(r *Rule, h *hand) {
	line := e.lines[r]
	if line == nil {
		line = &link{}
		e.lines[r] = line
	}
	came := h.now.Add(h.wait)
	free := line[h.dir]
	if free.Before(came) {
		free = came
	}
	if free.Sub(came) > r.Action.Wait {
		e.lose(h, Dropped)
		return
	}
	free = free.Add(time.Duration(int64(len(h.frame)) * 8 * int64(time.Second) / r.Action.Value))
	line[h.dir] = free
	if r.Action.Verb == "rate" {
		h.wait = free.Sub(h.now)
	}
}
