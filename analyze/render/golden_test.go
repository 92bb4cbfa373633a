package render

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"tcplab/analyze/annotate"
)

var update = flag.Bool("update", false, "write the goldens anew; read the diff")

// golden compares got with a file. With -update it writes the file, and shows what that changes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	want, err := os.ReadFile(path)
	if err == nil && bytes.Equal(got, want) {
		return
	}
	difference := fmt.Sprintf("%s (-golden +now):\n%s", path, cmp.Diff(string(want), string(got)))
	if !*update {
		t.Errorf("go test -update writes %s", difference)
		return
	}
	t.Log(difference)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, got, 0o644)); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, f Format, name string, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, reports()[name], o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTextGoldens(t *testing.T) {
	for name := range reports() {
		for _, width := range []int{80, 120, 160} {
			golden(t, fmt.Sprintf("text/%s-%d.txt", name, width), write(t, Text, name, Options{Width: width, Conn: -1}))
		}
		golden(t, "text/"+name+"-diagnose.txt", write(t, Text, name, Options{Conn: -1, FindingsOnly: true}))
	}
	for _, width := range []int{80, 120, 160} {
		golden(t, fmt.Sprintf("text/reset-conn-%d.txt", width), write(t, Text, "reset", Options{Width: width, Conn: 1}))
		golden(t, fmt.Sprintf("text/midstream-conn-%d.txt", width), write(t, Text, "midstream", Options{Width: width, Conn: 0, Raw: true, ShowOptions: true}))
	}
	golden(t, "text/hello-ascii.txt", write(t, Text, "hello", Options{Conn: -1, ASCII: true}))
	golden(t, "text/hello-color.txt", write(t, Text, "hello", Options{Conn: -1, Color: true, Raw: true, ShowOptions: true}))
}

// The comments of an annotated capture.
func TestCommentsGolden(t *testing.T) {
	for name, r := range reports() {
		var b bytes.Buffer
		comments := annotate.Comments(r)
		for _, frame := range slices.Sorted(maps.Keys(comments)) {
			fmt.Fprintf(&b, "frame %d\n%s\n\n", frame, comments[frame])
		}
		golden(t, "annotate/"+name+".txt", b.Bytes())
	}
}

// Images of pixels are kept as a sketch that a person can read and compare.
func TestPixelGoldens(t *testing.T) {
	for name := range reports() {
		for _, f := range []Format{PNG, SequencePNG} {
			golden(t, f.Name+"/"+name+".txt", sketch(decodePNG(t, f, name).(*image.RGBA)))
		}
	}
}

// sketch draws an image with a letter for each cell of 16 by 24 pixels: that of the ink which most of its pixels are nearest
// to, large where they fill more than an eighth of the cell.
func sketch(picture *image.RGBA) []byte {
	var b bytes.Buffer
	size, known := picture.Bounds().Size(), map[color.RGBA]byte{paper.colour(): ' '}
	fmt.Fprintf(&b, "%d by %d pixels\n", size.X, size.Y)
	for y := 0; y < size.Y; y += 24 {
		var line []byte
		for x := 0; x < size.X; x += 16 {
			line = append(line, cell(picture, image.Rect(x, y, x+16, y+24).Intersect(picture.Bounds()), known))
		}
		b.Write(append(bytes.TrimRight(line, " "), '\n'))
	}
	return b.Bytes()
}

// cell is the letter of one cell; known are the letters of the colours met so far.
func cell(picture *image.RGBA, in image.Rectangle, known map[color.RGBA]byte) byte {
	var counts [256]int
	inked, most := 0, byte(' ')
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			c := picture.RGBAAt(x, y)
			letter, ok := known[c]
			if !ok {
				letter = nearest(c)
				known[c] = letter
			}
			if letter != ' ' {
				counts[letter]++
				inked++
			}
		}
	}
	for letter, n := range counts {
		if n > counts[most] {
			most = byte(letter)
		}
	}
	if inked > 16*24/8 {
		most = byte(unicode.ToUpper(rune(most)))
	}
	return most
}

// nearest is the first letter of the ink whose colour on a light page is closest, a blank for the paper.
func nearest(c color.RGBA) (letter byte) {
	least := math.Inf(1)
	for _, i := range append(slices.Clone(inks), paper) {
		of := i.colour()
		d := math.Hypot(math.Hypot(float64(c.R)-float64(of.R), float64(c.G)-float64(of.G)), float64(c.B)-float64(of.B))
		if d < least {
			letter, least = i.class[0], d
		}
	}
	if letter == paper.class[0] {
		return ' '
	}
	return letter
}
