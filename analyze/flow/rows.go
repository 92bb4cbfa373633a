package flow

import "slices"

// Keep says which rows of a conversation are kept.
type Keep struct {
	All     bool // every row; else the first and the last few
	Detail  bool // with options and payload
	Payload int  // payload bytes kept with Detail
	Measure bool // collect Half.Measures
}

// headRows and tailRows are kept of every conversation: enough to judge how it opened and how it ended.
const (
	headRows = 8
	tailRows = 8
)

// rowLog keeps the rows of one conversation by policy.
type rowLog struct {
	rows []Row // all, or at most headRows+tailRows: the tail is a ring
	n    int   // rows seen
}

func (l *rowLog) reset() {
	if cap(l.rows) > headRows+tailRows {
		l.rows = nil
	}
	l.rows, l.n = l.rows[:0], 0
}

// next returns the row that the next segment fills.
func (l *rowLog) next(keep Keep) *Row {
	at := l.n
	l.n++
	if !keep.All && at >= headRows+tailRows {
		return &l.rows[headRows+(at-headRows)%tailRows]
	}
	switch {
	case at < cap(l.rows):
		l.rows = l.rows[:at+1]
	case at == 0:
		l.rows = make([]Row, 1, 4) // a refused attempt has two, most connections more than eight
	case at < headRows+tailRows:
		l.rows = append(make([]Row, 0, headRows+tailRows), l.rows...)[:at+1]
	default:
		l.rows = append(l.rows, Row{})
	}
	return &l.rows[at]
}

// list returns the kept rows in order, and how many were left out after which.
func (l *rowLog) list() (rows []Row, gap, gapAt int) {
	if l.n == len(l.rows) {
		return l.rows, 0, 0
	}
	turn := (l.n - headRows) % tailRows
	tail := l.rows[headRows:]
	rotate(tail, turn)
	return l.rows, l.n - len(l.rows), headRows
}

// rotate moves the first n rows behind the others.
func rotate(rows []Row, n int) {
	slices.Reverse(rows[:n])
	slices.Reverse(rows[n:])
	slices.Reverse(rows)
}
