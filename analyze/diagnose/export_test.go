package diagnose

import "tcplab/analyze/report"

// Afresh judges c without remembering what was said of others.
func (e *Engine) Afresh(c *Case) []report.Finding { return e.judge(c, Incident(c.Conv)) }

// Alike counts the kinds of attempts that need no judging any more.
func (e *Engine) Alike() (n int) {
	for _, a := range e.memory.known {
		if a != nil && a.alike {
			n++
		}
	}
	return n
}
