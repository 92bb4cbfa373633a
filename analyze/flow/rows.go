package flow

import "slices"

// Keep says which rows of a conversation are kept.
type Keep struct {
	All     bool // every row; else as many as there is room for, and the first and the last few always
	Detail  bool // with options and payload
	Payload int  // payload bytes kept with Detail
	Measure bool // collect Half.Measures
}

// A conversation keeps fewRows rows at least: enough to judge how it opened and how it ended. What happened between, a loss
// or a pause, needs the others: up to mostRows of one conversation, as long as all that are being followed together do not
// keep more than spareRows of them. Where there is no room left the latest tailRows take turns in the last places.
const (
	fewRows   = 16
	tailRows  = 8
	mostRows  = 4096
	spareRows = 1 << 16
)

// rowLog keeps the rows of one conversation by policy.
type rowLog struct {
	rows  []Row // the tail is a ring, where there is a gap before it
	n     int   // rows seen
	head  int   // rows before the ring; 0: there is none yet
	extra int   // rows beyond fewRows
	all   *int  // such rows of all conversations together
}

func (l *rowLog) reset() {
	if cap(l.rows) > fewRows {
		l.rows = nil
	}
	if l.extra > 0 {
		*l.all -= l.extra
	}
	*l = rowLog{rows: l.rows[:0], all: l.all}
}

// next returns the row that the next segment fills.
func (l *rowLog) next(keep Keep) *Row {
	at := l.n
	l.n++
	switch {
	case l.head > 0:
		return &l.rows[l.head+(at-l.head)%tailRows]
	case at < cap(l.rows) && at < fewRows:
		l.rows = l.rows[:at+1]
	case at == 0:
		l.rows = make([]Row, 1, 4) // a refused attempt has two, most connections more than eight
	case at < fewRows:
		l.rows = append(make([]Row, 0, fewRows), l.rows...)[:at+1]
	case keep.All || l.room():
		l.rows = append(l.rows, Row{})
	default:
		l.head = at - tailRows
		return &l.rows[l.head]
	}
	return &l.rows[at]
}

// room takes the place of one more row, when there is one.
func (l *rowLog) room() bool {
	if *l.all >= spareRows || l.n > mostRows {
		return false
	}
	*l.all++
	l.extra++
	return true
}

// list returns the kept rows in order, and how many were left out after which.
func (l *rowLog) list() (rows []Row, gap, gapAt int) {
	if l.head == 0 {
		return l.rows, 0, 0
	}
	rotate(l.rows[l.head:], (l.n-l.head)%tailRows)
	return l.rows, l.n - len(l.rows), l.head
}

// rotate moves the first n rows behind the others.
func rotate(rows []Row, n int) {
	slices.Reverse(rows[:n])
	slices.Reverse(rows[n:])
	slices.Reverse(rows)
}
