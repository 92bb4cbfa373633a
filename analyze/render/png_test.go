package render

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

func decodePNG(t *testing.T, f Format, report string) image.Image {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(write(t, f, report, Options{Conn: -1})))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// The pixels are those of the same marks that the SVG draws: as large, with both lifelines whole, and text beside them.
func TestPixelsShowTheLadder(t *testing.T) {
	picture := decodePNG(t, PNG, "hello")
	p, err := ladderOf(reports()["hello"], Options{Conn: -1})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := picture.Bounds().Size(), image.Pt(2*ladderWidth, 2*p.height); got != want {
		t.Fatalf("the image is %v, want %v", got, want)
	}
	for _, x := range []int{leftLifeline, rightLifeline} {
		for y := 100; y < 2*p.height-40; y++ {
			if picture.At(2*x+1, y) == paper.colour() {
				t.Fatalf("the lifeline at %d is broken at line %d", x, y)
			}
		}
	}
	if n := inked(picture, image.Rect(2*(leftLifeline-100), 0, 2*(leftLifeline-10), 60)); n < 200 {
		t.Errorf("%d pixels of the client's name are drawn", n)
	}
}

func inked(picture image.Image, in image.Rectangle) int {
	n := 0
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if picture.At(x, y) != color.Color(paper.colour()) {
				n++
			}
		}
	}
	return n
}

// Without colour the lines of a graph must be told apart: the window's has gaps, that of the ACKs has none.
func TestPixelsOfTheGraphDifferInMoreThanColour(t *testing.T) {
	if inkOf("warn").dash == 0 || inkOf("good").dash != 0 || inkOf("sack").width == inkOf("left").width {
		t.Error("lines of a graph differ in colour alone")
	}
	picture := decodePNG(t, SequencePNG, "hello")
	if n := inked(picture, picture.Bounds()); n < 2000 {
		t.Errorf("%d pixels are drawn", n)
	}
}

func TestPixelsOfALongLadderStayOpenable(t *testing.T) {
	var b bytes.Buffer
	if err := PNG.Write(&b, longReport(20_000), Options{Conn: 0}); err != nil {
		t.Fatal(err)
	}
	c, err := png.DecodeConfig(&b)
	if err != nil {
		t.Fatal(err)
	}
	if c.Width*c.Height > 50_000_000 {
		t.Errorf("%d × %d pixels", c.Width, c.Height)
	}
}
