package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tcplab/analyze/report"
)

// The columns of a ladder picture.
const (
	ladderWidth   = 1080
	clockColumn   = 66  // right edge of the times
	leftLifeline  = 360 // calls and states of the client end here
	rightLifeline = 710 // those of the server begin here
	mostSteps     = 600 // a picture is for people: of a longer ladder it shows both ends and says what is left out
)

// ladderPicture draws the steps of a ladder.
type ladderPicture struct {
	picture
	lanes lanes
	multi bool
}

// ladderLabel is what a screen reader says of a ladder.
const ladderLabel = "ladder diagram: calls and states of client and server, and the segments between them"

// ladderOf draws the ladder of the connections asked for.
func ladderOf(r *report.Report, o Options) (*picture, error) {
	conns := chosen(r, o)
	steps := ladder(r, conns)
	if len(steps) == 0 {
		return nil, nothing(r)
	}
	return drawLadder(steps, conns), nil
}

func drawLadder(steps []step, conns []*report.Connection) *picture {
	p := &ladderPicture{lanes: measure(steps, len(conns) > 1, 160), multi: len(conns) > 1}
	p.height = 24
	left, right := "CLIENT", "SERVER"
	if len(conns) == 1 {
		left, right = "CLIENT "+endpoint(conns[0].Client), "SERVER "+endpoint(conns[0].Server)
	}
	p.text(leftLifeline-10, p.height, "left bold", "end", clip(left, 38))
	p.text(rightLifeline+10, p.height, "right bold", "", clip(right, 38))
	p.text(clockColumn, p.height, "small", "end", map[bool]string{true: "s", false: "ms"}[p.lanes.seconds])
	top := p.height + 8
	p.height += 20
	for i, s := range steps {
		if len(steps) > mostSteps && i >= mostSteps/2 && i < len(steps)-mostSteps/2 {
			if i == mostSteps/2 {
				p.text((leftLifeline+rightLifeline)/2, p.height+4, "warn", "middle", fmt.Sprintf("… %d lines are not drawn …", len(steps)-mostSteps))
				p.height += 24
			}
			continue
		}
		p.step(s)
	}
	p.line(leftLifeline, top, leftLifeline, p.height, "life")
	p.line(rightLifeline, top, rightLifeline, p.height, "life")
	p.height += 14
	return &p.picture
}

func (p *ladderPicture) step(s step) {
	switch s.kind {
	case bandStep:
		p.height += 4
		p.line(10, p.height, ladderWidth-10, p.height, "rule")
		p.text(14, p.height+16, "small bold", "", s.text)
		p.height += 34
	case callStep:
		p.call(s)
	case icmpStep:
		p.clock(s)
		p.text((leftLifeline+rightLifeline)/2, p.height+4, "bad", "middle", fmt.Sprintf("%d  %s", s.frame, s.text))
		p.height += 22
	case segmentStep:
		p.segment(s)
	}
}

func (p *ladderPicture) clock(s step) {
	if s.timed {
		p.text(clockColumn, p.height+4, "small", "end", p.lanes.clock(s.at))
	}
}

func (p *ladderPicture) call(s step) {
	p.clock(s)
	class := "left"
	if s.right {
		class = "right"
	}
	if s.failed {
		class = "bad"
	}
	if s.right {
		p.text(rightLifeline+10, p.height+4, class, "", fitCall(s.text, 48))
	} else {
		p.text(leftLifeline-10, p.height+4, class, "end", fitCall(s.text, 38))
	}
	p.height += 20
}

// segment draws an arrow that leans the way time goes, what it says above it, and the states it leads to at both ends.
func (p *ladderPicture) segment(s step) {
	const lean = 8
	p.height += 14
	p.clock(s)
	class, from, to := "left", leftLifeline, rightLifeline
	if s.right {
		class, from, to = "right", rightLifeline, leftLifeline
	}
	if strings.Contains(s.seg.Flags, "R") {
		class = "bad"
	}
	y := p.height
	head := 9
	if to < from {
		head = -9
	}
	if Lost(s.seg) {
		at := to - 6*head
		p.stroke(class, trail{{from, y}, {at, y + lean}})
		p.stroke("bad", trail{{at - 5, y + lean - 5}, {at + 5, y + lean + 5}}, trail{{at - 5, y + lean + 5}, {at + 5, y + lean - 5}})
	} else {
		p.stroke(class, trail{{from, y}, {to, y + lean}}, trail{{to - head, y + lean - 5}, {to, y + lean}, {to - head, y + lean + 4}})
	}
	words := named
	if s.seg.Len > 0 {
		words = terse // with the length in bytes it would not fit between the lifelines
	}
	label := frameLabel(s, p.multi) + "  " + words.describe(s.seg)
	p.text((leftLifeline+rightLifeline)/2, y-5, class, "middle", clip(label, 46))
	p.text(leftLifeline-10, y+4, "dim", "end", clip(s.seg.State.Client, 20))
	p.text(rightLifeline+10, y+4+lean, "dim", "", clip(s.seg.State.Server, 20))
	if odd := Odd(s.seg); len(odd) > 0 {
		p.text((leftLifeline+rightLifeline)/2, y+lean+13, "warn", "middle", clip(strings.Join(odd, ", "), 46))
		p.height += 12
	}
	p.height += 24
}

// clip shortens text to n characters for a picture.
func clip(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}
