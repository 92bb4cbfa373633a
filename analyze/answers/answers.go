// Package answers answers the questions of well-known TCP lab exercises from a report, with the frames that prove each
// answer. What a capture does not show is said to be so: a guess that looks like an answer is worse than none.
package answers

import (
	"fmt"

	"tcplab/analyze/report"
)

// Answer is the answer to one question.
type Answer struct {
	ID       string   `json:"id"`
	Question string   `json:"question"`
	Answer   string   `json:"answer"`
	Frames   []uint32 `json:"frames"`
	Note     string   `json:"note"` // how it was found, or what to keep in mind
}

// Sheet is a set of questions with their answers.
type Sheet struct {
	Set     string   `json:"set"`
	Answers []Answer `json:"answers"`
}

// Unanswerable is the answer where the capture does not hold one; the note says what is missing.
const Unanswerable = "cannot be answered from this capture"

// Set is a list of questions.
type Set struct {
	Name, Title string
	questions   []question
}

// question is asked of an exchange.
type question struct {
	id, text string
	answer   func(*exchange) reply
}

// reply is an answer without its question; an empty text says that there is none, and note why.
type reply struct {
	text   string
	frames []uint32
	note   string
}

// unknown is the reply where something is missing.
func unknown(missing string) reply { return reply{note: missing} }

// Sets returns all sets of questions.
func Sets() []Set {
	return []Set{kurose7(), kurose8(), vu(), cisco(), daytime()}
}

// Lookup returns the set of that name.
func Lookup(name string) (Set, bool) {
	for _, s := range Sets() {
		if s.Name == name {
			return s, true
		}
	}
	return Set{}, false
}

// Of answers the questions of a set from a connection of r, which must hold segments and transcripts.
func (s Set) Of(r *report.Report, conn int) Sheet {
	e := newExchange(r, &r.Connections[conn])
	sheet := Sheet{Set: s.Name, Answers: []Answer{}}
	for _, q := range s.questions {
		a := q.answer(e)
		if a.text == "" {
			a.text = Unanswerable
		}
		sheet.Answers = append(sheet.Answers, Answer{q.id, q.text, a.text, frames(a.frames), a.note})
	}
	return sheet
}

// Main returns the connection that an exercise is about: the one that carried most. It returns -1 when there is none.
func Main(r *report.Report) int {
	best, most := -1, uint64(0)
	for i := range r.Connections {
		c := &r.Connections[i]
		if n := c.ClientToServer.UniqueBytes + c.ServerToClient.UniqueBytes; best < 0 || n > most {
			best, most = i, n
		}
	}
	return best
}

// frames drops what was not seen, and is never null.
func frames(list []uint32) []uint32 {
	seen := []uint32{}
	for _, f := range list {
		if f != 0 {
			seen = append(seen, f)
		}
	}
	return seen
}

func place(e report.Endpoint) string { return fmt.Sprintf("%s, port %d", e.Addr, e.Port) }
