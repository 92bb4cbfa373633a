package render

import (
	"math"
	"slices"
	"strconv"
	"time"

	"tcplab/analyze/report"
)

// The frame of every plot.
const (
	plotWidth, plotHeight = 800, 400 // page.js knows the width and the edges
	plotLeft, plotRight   = 90, 780
	plotTop, plotBottom   = 34, 352
)

// plot maps values to the pixels of a picture.
type plot struct {
	picture
	maxT, minV, maxV float64
}

// newPlot draws the frame: a title, times below, values at the left.
func newPlot(title, unit string, maxT, minV, maxV float64) *plot {
	if maxT <= 0 {
		maxT = 1e-6
	}
	if maxV <= minV {
		maxV = minV + 1
	}
	p := &plot{maxT: maxT, minV: minV, maxV: maxV}
	p.height = plotHeight
	p.text(plotLeft, 18, "bold", "", clip(title, 94))
	for _, v := range ticks(minV, maxV, 6) {
		p.line(plotLeft, p.y(v), plotRight, p.y(v), "rule")
		p.text(plotLeft-8, p.y(v)+4, "small", "end", tickText(v))
	}
	p.text(plotLeft-8, 18, "small", "end", unit)
	scale, unitT := 1.0, "s"
	if maxT < 1 {
		scale, unitT = 1000, "ms"
	}
	for _, t := range ticks(0, maxT*scale, 10) {
		p.line(p.x(t/scale), plotBottom, p.x(t/scale), plotBottom+4, "rule")
		p.text(p.x(t/scale), plotBottom+18, "small", "middle", strconv.FormatFloat(t, 'g', 6, 64))
	}
	p.text(plotRight, plotBottom+38, "small", "end", unitT+" since the first frame")
	return p
}

func (p *plot) x(t float64) int {
	return plotLeft + int(math.Round(t/p.maxT*(plotRight-plotLeft)))
}

func (p *plot) y(v float64) int {
	return plotBottom - int(math.Round((v-p.minV)/(p.maxV-p.minV)*(plotBottom-plotTop)))
}

// ticks returns about n round values from least to most.
func ticks(least, most float64, n int) []float64 {
	rough := (most - least) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5, 10} {
		if unit*m >= rough {
			unit *= m
			break
		}
	}
	values := []float64{}
	for v := math.Ceil(least/unit) * unit; v <= most+unit/1e6; v += unit {
		values = append(values, v)
	}
	return values
}

// tickText writes a value of an axis in a few characters.
func tickText(v float64) string {
	for _, u := range []struct {
		of   float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if math.Abs(v) >= u.of {
			if u.name == "k" {
				u.of = 1e3
			}
			return strconv.FormatFloat(v/u.of, 'g', 4, 64) + u.name
		}
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// bars draws ranges as upright strokes. Strokes that fall on one pixel column are joined: each pixel that has something to
// show is drawn, once.
func (p *plot) bars(bars []bar, class string) {
	columns := make([][]bool, plotRight-plotLeft+1)
	for _, b := range bars {
		x := p.x(b.t) - plotLeft
		if x < 0 || x >= len(columns) {
			continue
		}
		if columns[x] == nil {
			columns[x] = make([]bool, plotBottom-plotTop+1)
		}
		for y := max(p.y(b.to), plotTop); y <= min(p.y(b.from), plotBottom); y++ {
			columns[x][y-plotTop] = true
		}
	}
	strokes := []trail{}
	for x, column := range columns {
		for y := 0; y < len(column); y++ {
			if !column[y] {
				continue
			}
			from := y
			for y+1 < len(column) && column[y+1] {
				y++
			}
			strokes = append(strokes, trail{{x + plotLeft, from + plotTop}, {x + plotLeft, max(y, from+1) + plotTop}})
		}
	}
	p.stroke(class, strokes...)
}

// stairs draws values that hold until the next one. In each pixel column the lowest, highest and last are drawn.
func (p *plot) stairs(points []point, class string) {
	var t trail
	for i := 0; i < len(points); {
		x, low, high := p.x(points[i].t), p.y(points[i].v), p.y(points[i].v)
		last := low
		for ; i < len(points) && p.x(points[i].t) == x; i++ {
			last = p.y(points[i].v)
			low, high = max(low, last), min(high, last)
		}
		if n := len(t); n > 0 {
			t = t.to(x, t[n-1].y)
		} else {
			t = t.to(x, last)
		}
		t = t.to(x, high).to(x, low).to(x, last)
	}
	if len(t) > 1 {
		p.stroke(class, t)
	}
}

// dots draws single values.
func (p *plot) dots(points []point, class string) {
	seen := map[spot]bool{}
	squares := []trail{}
	for _, v := range points {
		at := spot{p.x(v.t), p.y(v.v)}
		if !seen[at] {
			seen[at] = true
			x, y := at.x-1, at.y-1
			squares = append(squares, trail{{x, y}, {x + 3, y}, {x + 3, y + 3}, {x, y + 3}, {x, y}})
		}
	}
	p.stroke(class, squares...)
}

// legend names the classes below the plot.
func (p *plot) legend(names ...[2]string) {
	const y = plotBottom + 38
	x := plotLeft
	for _, n := range names {
		p.line(x, y-4, x+16, y-4, n[0])
		p.text(x+22, y, "small", "", n[1])
		x += 22 + 7*len(n[1]) + 14
	}
}

// sequenceGraphOf draws the time-sequence graph of the first connection asked for that has one: of the direction that
// carries more.
func sequenceGraphOf(r *report.Report, o Options) (*picture, string, error) {
	for _, c := range chosen(r, o) {
		if len(c.Segments) == 0 {
			continue
		}
		dir := "c2s"
		if c.ServerToClient.UniqueBytes > c.ClientToServer.UniqueBytes {
			dir = "s2c"
		}
		p, label := sequencePicture(c, dir)
		return p, label, nil
	}
	return nil, "", nothing(r)
}

// sequencePicture draws the bytes one end sent over time: what was sent, repeated, acknowledged and allowed. It says what
// it is of.
func sequencePicture(c *report.Connection, dir string) (*picture, string) {
	s := sequenceOf(c, dir)
	minV, maxV := math.Inf(1), 0.0
	for _, b := range s.segments {
		minV, maxV = min(minV, b.from), max(maxV, b.to)
	}
	for _, a := range s.acks {
		minV, maxV = min(minV, a.v), max(maxV, a.v)
	}
	if math.IsInf(minV, 1) {
		minV = 0
	}
	// The window line is drawn as far as it fits: an unused window of a megabyte must not flatten the rest.
	top := maxV + (maxV-minV)*0.15
	for _, w := range s.window {
		if w.v <= maxV+(maxV-minV) {
			top = max(top, w.v)
		}
	}
	from, to := endpoint(c.Client), endpoint(c.Server)
	if dir == "s2c" {
		from, to = to, from
	}
	p := newPlot("bytes "+from+" → "+to, "sequence", time.Duration(c.Duration).Seconds(), minV, top)
	p.stairs(clipped(s.window, top), "warn")
	p.stairs(s.acks, "good")
	first, again := []bar{}, []bar{}
	for _, b := range s.segments {
		if b.again {
			again = append(again, b)
		} else {
			first = append(first, b)
		}
	}
	p.bars(first, "left")
	p.bars(s.sacks, "sack")
	p.bars(again, "bad")
	p.dots(tops(again), "bad") // one stroke among thousands would not be seen
	p.legend([2]string{"left", "sent"}, [2]string{"bad", "sent again"}, [2]string{"good", "acknowledged"}, [2]string{"sack", "SACK"}, [2]string{"warn", windowName(s.window, top)})
	return &p.picture, "time-sequence graph of the bytes sent from " + from + " to " + to
}

// windowName is what the legend calls the window line: it says so when the line runs along the picture's edge.
func windowName(window []point, top float64) string {
	if slices.ContainsFunc(window, func(w point) bool { return w.v > top }) {
		return "window (higher)"
	}
	return "window"
}

// tops returns the upper ends of bars.
func tops(bars []bar) []point {
	points := make([]point, len(bars))
	for i, b := range bars {
		points[i] = point{b.t, b.to}
	}
	return points
}

// clipped keeps the points up to a value.
func clipped(points []point, most float64) []point {
	kept := []point{}
	for _, p := range points {
		p.v = min(p.v, most)
		kept = append(kept, p)
	}
	return kept
}
