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
	shelf *shelf
}

// shelf is where the conversations of a table take memory for rows from, and put it back for the next one.
type shelf struct {
	extra int        // rows beyond fewRows, of all conversations together
	free  [5][][]Row // of fewRows rows, and of four times as many each up to mostRows
}

func (l *rowLog) reset() {
	rows := l.rows[:0]
	if cap(rows) > fewRows {
		l.shelf.put(l.rows)
		rows = nil
	}
	l.shelf.extra -= l.extra
	*l = rowLog{rows: rows, shelf: l.shelf}
}

// next returns the row that the next segment fills.
func (l *rowLog) next(keep Keep) *Row {
	at := l.n
	l.n++
	switch {
	case l.head > 0:
		return &l.rows[l.head+(at-l.head)%tailRows]
	case at < fewRows, keep.All, l.room():
		if at == cap(l.rows) {
			l.rows = l.shelf.larger(l.rows)
		}
		l.rows = l.rows[:at+1]
	default:
		l.head = at - tailRows
		return &l.rows[l.head]
	}
	return &l.rows[at]
}

// room takes the place of one more row, when there is one.
func (l *rowLog) room() bool {
	if l.shelf.extra >= spareRows || l.n > mostRows {
		return false
	}
	l.shelf.extra++
	l.extra++
	return true
}

// larger returns rows in memory that has room for more.
func (s *shelf) larger(rows []Row) []Row {
	if cap(rows) == 0 && len(s.free[0]) == 0 {
		return make([]Row, 0, fewRows/4) // a refused attempt has two rows, most connections more than eight
	}
	class, size := classOf(cap(rows) + 1)
	if class == len(s.free) { // every row is kept
		return slices.Grow(rows, 1)
	}
	var more []Row
	if n := len(s.free[class]); n > 0 {
		more, s.free[class] = s.free[class][n-1], s.free[class][:n-1]
	} else {
		more = make([]Row, 0, size)
	}
	more = append(more, rows...)
	s.put(rows)
	return more
}

// put takes memory back that nobody needs any more.
func (s *shelf) put(rows []Row) {
	if class, size := classOf(cap(rows)); size == cap(rows) && class < len(s.free) {
		if len(rows) > 0 && rows[0].Detail != nil {
			clear(rows) // of what they hold nothing is to stay
		}
		s.free[class] = append(s.free[class], rows[:0])
	}
}

// classOf returns the smallest class of memory with room for n rows.
func classOf(n int) (class, size int) {
	for size = fewRows; size < n; size *= 4 {
		class++
	}
	return class, size
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
