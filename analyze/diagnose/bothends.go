package diagnose

import "tcplab/analyze/join"

// Fate is what became of a segment between the two ends; known is false where only one end was captured. With both,
// what was lost or made on the way is no inference any more.
func (c *Case) Fate(frame uint32) (fate join.Fate, known bool) {
	if c.Join == nil {
		return 0, false
	}
	s, ok := c.Join.Sighting(frame)
	return s.Fate, ok
}

// Lost reports whether a segment is known not to have arrived.
func (c *Case) Lost(frame uint32) bool {
	fate, known := c.Fate(frame)
	return known && fate == join.Lost
}

// Arrived reports whether a segment is known to have arrived.
func (c *Case) Arrived(frame uint32) bool {
	fate, known := c.Fate(frame)
	return known && fate == join.Arrived
}

// Made reports whether a segment is known to have been made on the way: its sender's own capture does not have it.
func (c *Case) Made(frame uint32) bool {
	fate, known := c.Fate(frame)
	return known && fate == join.Injected
}

// Ends is the connection as the captures of both ends show it, nil where only one end was captured.
func (c *Case) Ends() *join.Conn {
	if c.Join == nil || c.Conv == nil {
		return nil
	}
	return c.Join.Conn(c.Conv.FirstFrame)
}

// onTheWay is what there is to judge because the captures of both ends show that not all went straight between them.
func (c *Case) onTheWay() Symptoms {
	k := c.Ends()
	if k == nil {
		return 0
	}
	for _, w := range k.Way {
		if len(w.Lost)+len(w.Late)+len(w.Copied)+len(w.Injected) > 0 {
			return slow | always
		}
	}
	return 0
}
