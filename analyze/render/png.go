package render

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"tcplab/analyze/report"
)

// PNG is the ladder of both ends as an image of pixels, on white, for what takes no SVG.
var PNG = Format{Name: "png", Doc: "the ladder as an image of pixels", Write: writeLadderPNG, Segments: true, Binary: true}

// SequencePNG is the time-sequence graph as pixels.
var SequencePNG = Format{Name: "png-sequence", Doc: "the time-sequence graph as an image of pixels", Write: writeSequencePNG, Segments: true, Binary: true}

func writeLadderPNG(w io.Writer, r *report.Report, o Options) error {
	p, err := ladderOf(r, o)
	if err != nil {
		return err
	}
	return p.png(w, ladderWidth)
}

func writeSequencePNG(w io.Writer, r *report.Report, o Options) error {
	p, _, err := sequenceGraphOf(r, o)
	if err != nil {
		return err
	}
	return p.png(w, plotWidth)
}

// png writes the picture as pixels: two to one of its own for a screen of today, one to one where that would be more than
// programs like to open.
func (p *picture) png(w io.Writer, width int) error {
	scale := 2
	if p.height > 8000 {
		scale = 1
	}
	c, err := newCanvas(width, p.height, scale)
	if err != nil {
		return err
	}
	for i := range p.marks {
		c.draw(&p.marks[i])
	}
	return png.Encode(w, c.image)
}

// canvas turns marks into pixels.
type canvas struct {
	image *image.RGBA
	scale int
	faces map[string]font.Face
}

func newCanvas(width, height, scale int) (*canvas, error) {
	c := &canvas{image: image.NewRGBA(image.Rect(0, 0, width*scale, height*scale)), scale: scale, faces: map[string]font.Face{}}
	draw.Draw(c.image, c.image.Bounds(), image.NewUniform(paper.colour()), image.Point{}, draw.Src)
	for name, f := range map[string]struct {
		ttf  []byte
		size float64
	}{"": {gomono.TTF, 12}, "small": {gomono.TTF, 11}, "bold": {gomonobold.TTF, 12}, "small bold": {gomonobold.TTF, 11}} {
		parsed, err := opentype.Parse(f.ttf)
		if err != nil {
			return nil, err
		}
		// At 72 dots to the inch a point is a pixel.
		if c.faces[name], err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: f.size * float64(scale), DPI: 72, Hinting: font.HintingFull}); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *canvas) draw(m *mark) {
	i := inkOf(m.class)
	if m.trails == nil {
		c.write(m, i)
		return
	}
	for _, t := range m.trails {
		c.stroke(t, i)
	}
}

// inkOf returns the first ink that a class names.
func inkOf(class string) ink {
	words := strings.Fields(class)
	for _, i := range inks {
		for _, w := range words {
			if w == i.class {
				return i
			}
		}
	}
	if strings.Contains(class, "small") {
		return inkOf("dim")
	}
	return inks[0]
}

func (c *canvas) write(m *mark, i ink) {
	style := strings.TrimSpace(strings.Join([]string{has(m.class, "small"), has(m.class, "bold")}, " "))
	d := font.Drawer{Dst: c.image, Src: image.NewUniform(i.colour()), Face: c.faces[style], Dot: fixed.P(m.x*c.scale, m.y*c.scale)}
	switch m.anchor {
	case "middle":
		d.Dot.X -= d.MeasureString(m.text) / 2
	case "end":
		d.Dot.X -= d.MeasureString(m.text)
	}
	d.DrawString(m.text)
}

// has returns the word if the class holds it.
func has(class, word string) string {
	if strings.Contains(class, word) {
		return word
	}
	return ""
}

func (c *canvas) stroke(t trail, i ink) {
	for n := 1; n < len(t); n++ {
		for _, d := range dashes(t[n-1], t[n], i.dash) {
			c.quad(d[0], d[1], i)
		}
	}
}

// dashes cuts a stroke into what is drawn of it.
func dashes(from, to spot, dash int) [][2][2]float64 {
	ax, ay, bx, by := float64(from.x), float64(from.y), float64(to.x), float64(to.y)
	length := math.Hypot(bx-ax, by-ay)
	if dash == 0 || length == 0 {
		return [][2][2]float64{{{ax, ay}, {bx, by}}}
	}
	at := func(d float64) [2]float64 {
		d = min(d, length)
		return [2]float64{ax + (bx-ax)*d/length, ay + (by-ay)*d/length}
	}
	parts := [][2][2]float64{}
	for d := 0.0; d < length; d += float64(2 * dash) {
		parts = append(parts, [2][2]float64{at(d), at(d + float64(dash))})
	}
	return parts
}

// quad fills the four corners of a stroke that reaches half its width beyond both ends, so that corners join.
func (c *canvas) quad(a, b [2]float64, i ink) {
	s, half := float64(c.scale), i.width/2
	dx, dy := b[0]-a[0], b[1]-a[1]
	if length := math.Hypot(dx, dy); length > 0 {
		dx, dy = dx/length*half, dy/length*half
	} else {
		dx, dy = half, 0
	}
	corners := [4][2]float64{{a[0] - dx - dy, a[1] - dy + dx}, {b[0] + dx - dy, b[1] + dy + dx}, {b[0] + dx + dy, b[1] + dy - dx}, {a[0] - dx + dy, a[1] - dy - dx}}
	box := image.Rectangle{Min: image.Pt(math.MaxInt32, math.MaxInt32), Max: image.Pt(0, 0)}
	for k := range corners {
		corners[k][0], corners[k][1] = (corners[k][0]+0.5)*s, (corners[k][1]+0.5)*s // SVG's pixel n reaches from n to n+1
		box.Min.X, box.Min.Y = min(box.Min.X, int(corners[k][0])), min(box.Min.Y, int(corners[k][1]))
		box.Max.X, box.Max.Y = max(box.Max.X, int(corners[k][0])+1), max(box.Max.Y, int(corners[k][1])+1)
	}
	fill := vector.NewRasterizer(box.Dx(), box.Dy())
	for k, p := range corners {
		x, y := float32(p[0])-float32(box.Min.X), float32(p[1])-float32(box.Min.Y)
		if k == 0 {
			fill.MoveTo(x, y)
		} else {
			fill.LineTo(x, y)
		}
	}
	fill.ClosePath()
	fill.Draw(c.image, box, image.NewUniform(i.colour()), image.Point{})
}

// colour is the ink on a light page.
func (i ink) colour() color.RGBA {
	n, _ := strconv.ParseUint(strings.TrimPrefix(i.light, "#"), 16, 32) // a constant of this package
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
}
