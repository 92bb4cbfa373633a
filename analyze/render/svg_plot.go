package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// The frame of every plot.
const (
	plotWidth, plotHeight = 1000, 420
	plotLeft, plotRight   = 90, 980
	plotTop, plotBottom   = 34, 380
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
	p.text(plotLeft, 18, "bold", "", title)
	for _, v := range ticks(minV, maxV, 6) {
		p.line(plotLeft, p.y(v), plotRight, p.y(v), "rule")
		p.text(plotLeft-8, p.y(v)+4, "small", "end", tickText(v))
	}
	p.text(8, 18, "small", "", unit)
	scale, unitT := 1.0, "s"
	if maxT < 1 {
		scale, unitT = 1000, "ms"
	}
	for _, t := range ticks(0, maxT*scale, 10) {
		p.line(p.x(t/scale), plotBottom, p.x(t/scale), plotBottom+4, "rule")
		p.text(p.x(t/scale), plotBottom+18, "small", "middle", strconv.FormatFloat(t, 'g', 6, 64))
	}
	p.text(plotRight, plotBottom+34, "small", "end", unitT+" since the first frame")
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
	var d strings.Builder
	for x, column := range columns {
		for y := 0; y < len(column); y++ {
			if !column[y] {
				continue
			}
			from := y
			for y+1 < len(column) && column[y+1] {
				y++
			}
			fmt.Fprintf(&d, "M%d %dV%d", x+plotLeft, from+plotTop, max(y, from+1)+plotTop)
		}
	}
	p.path(d.String(), class)
}

// stairs draws values that hold until the next one. In each pixel column the lowest, highest and last are drawn.
func (p *plot) stairs(points []point, class string) {
	var d strings.Builder
	for i := 0; i < len(points); {
		x, low, high := p.x(points[i].t), p.y(points[i].v), p.y(points[i].v)
		last := low
		for ; i < len(points) && p.x(points[i].t) == x; i++ {
			last = p.y(points[i].v)
			low, high = max(low, last), min(high, last)
		}
		if d.Len() == 0 {
			fmt.Fprintf(&d, "M%d %d", x, last)
		} else {
			fmt.Fprintf(&d, "H%d", x)
		}
		if high < last {
			fmt.Fprintf(&d, "V%d", high)
		}
		if low > last {
			fmt.Fprintf(&d, "V%d", low)
		}
		fmt.Fprintf(&d, "V%d", last)
	}
	p.path(d.String(), class)
}

// dots draws single values.
func (p *plot) dots(points []point, class string) {
	seen := map[[2]int]bool{}
	var d strings.Builder
	for _, v := range points {
		at := [2]int{p.x(v.t), p.y(v.v)}
		if !seen[at] {
			seen[at] = true
			fmt.Fprintf(&d, "M%d %dh3v3h-3z", at[0]-1, at[1]-1)
		}
	}
	p.path(d.String(), class)
}

// legend names the classes at the top right.
func (p *plot) legend(names ...[2]string) {
	x := plotRight
	for i := len(names) - 1; i >= 0; i-- {
		class, name := names[i][0], names[i][1]
		p.text(x, 18, "small", "end", name)
		x -= 7*len(name) + 6
		p.line(x-14, 14, x, 14, class)
		x -= 26
	}
}

// sequencePicture draws the bytes one end sent over time: what was sent, repeated, acknowledged and allowed.
func sequencePicture(c *report.Connection, dir string) string {
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
	p.bars(s.sacks, "right")
	p.bars(again, "bad")
	p.dots(tops(again), "bad") // one stroke among thousands would not be seen
	p.legend([2]string{"left", "sent"}, [2]string{"bad", "sent again"}, [2]string{"good", "acknowledged"}, [2]string{"right", "SACK"}, [2]string{"warn", "window"})
	return p.document(plotWidth, "time-sequence graph of the bytes sent from "+from+" to "+to)
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
