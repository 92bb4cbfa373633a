package render

import "tcplab/analyze/report"

// written are the lists of exclusions that were written. Where millions of connections ended alike, the same list would be
// half of the output: after the first of them a list is not repeated, its place is named.
type written struct {
	byPlace map[listAt]*list // in memory: the engine gives many connections one list
	byText  map[string]*list
	recent  [64]foundList // by the likeness of the connection
}

// foundList is a list that was found.
type foundList struct {
	at   listAt
	list *list
}

// list is one of them.
type list struct {
	text  string
	first uint32 // the connection that has it in full
	times int
}

// listAt is where a list stands in memory, beside which cause; what stands there is never changed.
type listAt struct {
	first *report.Exclusion
	n     int
	cause string
}

const (
	timesInFull = 100  // small captures need not be put together by their readers
	maxLists    = 4096 // remembered; a capture has a few dozen
	shortList   = 1    // not worth a reference
)

func newWritten() *written { return &written{byPlace: map[listAt]*list{}, byText: map[string]*list{}} }

// append appends what f, a finding about c, excludes, or returns the connection that has the same in full.
func (l *written) append(b []byte, f *report.Finding, c *report.Connection) ([]byte, *uint32) {
	if len(f.Excluded) <= shortList {
		return appendExclusions(b, f.Excluded), nil
	}
	known := l.find(b, f, c)
	if known.times++; known.times > timesInFull {
		return b, &known.first
	}
	return append(b, known.text...), nil
}

// find returns the list of f, which is a new one when it was not written before; b is memory to write it to.
func (l *written) find(b []byte, f *report.Finding, c *report.Connection) *list {
	at := listAt{&f.Excluded[0], len(f.Excluded), f.Cause}
	recent := &l.recent[c.Alike%uint32(len(l.recent))]
	if at == recent.at {
		return recent.list
	}
	known := l.byPlace[at]
	if known == nil {
		text := string(appendExclusions(b, f.Excluded)[len(b):])
		if known = l.byText[f.Cause+text]; known == nil {
			known = &list{text: text, first: c.ID}
			l.forget()
			l.byText[f.Cause+text] = known
		}
		l.byPlace[at] = known
	}
	*recent = foundList{at, known}
	return known
}

// forget makes room: lists that are met again are then written in full again.
func (l *written) forget() {
	if len(l.byText) == maxLists || len(l.byPlace) >= 4*maxLists {
		clear(l.byPlace)
		clear(l.byText)
		l.recent = [len(l.recent)]foundList{}
	}
}
