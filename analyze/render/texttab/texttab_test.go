package texttab

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanLeavesNothingThatActs(t *testing.T) {
	for in, want := range map[string]string{
		"plain":               "plain",
		"a\tb\r\n":            `a\tb\r\n`,
		"\x1b[2J":             `\x1b[2J`,
		"\u009b31m":           `\x9b31m`, // C1: CSI in one character
		"\x9b":                `\x9b`,    // the same as a stray byte
		"\u202eevil\u2069":    `\u202eevil\u2069`,
		"zero\u200bwidth":     `zero\u200bwidth`,
		"no\u00a0break":       "no break",
		"\u2028":              `\u2028`,
		"\xff\xfe":            `\xff\xfe`,
		"Grüße 日本 🙂":          "Grüße 日本 🙂",
		"e\u0301\u0301\u0301": "e\u0301\u0301\\u0301", // stacked marks would climb over other lines
		"\u0301":              `\u0301`,
		"\U000e0041":          `\U000e0041`,
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b]0;x\x07\u202e\xff")
	f.Add(strings.Repeat("\xe7", longest+1))
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || len(got) <= longest && Clean(got) != got { // what is longer is cut, once more too
			t.Fatalf("Clean(%q) = %q is not clean", s, got)
		}
		for _, r := range got {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Fatalf("Clean(%q) lets %U through", s, r)
			}
		}
	})
}

func TestFitIsExact(t *testing.T) {
	for _, text := range []string{"", "a", "abcdef", "日本語日本語", "a日本", "\x1b[31m", "Grüße"} {
		for width := range 9 {
			for _, c := range []Cell{Text(text).Fit(width), Text(text).FitRight(width)} {
				if got := c.Width(); got != width {
					t.Errorf("%q fitted to %d is %d wide: %q", text, width, got, c)
				}
			}
		}
	}
}

func TestWrap(t *testing.T) {
	got := Wrap("the quick brown fox averyveryverylongword 日本語日本語", 10)
	want := []string{"the quick", "brown fox", "averyveryv", "erylongwor", "d", "日本語日本", "語"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, line := range Wrap(strings.Repeat("x\x1b ", 200), 20) {
		if Width(line) > 20 {
			t.Errorf("%q is too wide", line)
		}
	}
}

func TestMiddleKeepsBothEnds(t *testing.T) {
	if got := Middle("2001:db8:85a3::7348", 11); got != "2001:…:7348" && Width(got) != 11 {
		t.Errorf("got %q", got)
	}
}

func sample() (Table, [][]Cell) {
	t := Table{Columns: []Column{{Title: "ms", Width: 7, Align: AtRight}, {Title: "who", Width: 20}, {Title: "what", Width: 10}}}
	return t, [][]Cell{
		{Text("0.1"), Styled("a   b", Left), Text("x")},
		{nil, Text("日本 ▶ ◀ → ⇄"), Text("\x1b[31m<b>|too long by far")},
		{Text("1234567890"), Text(""), Text("end")},
		{nil, Styled("↳ spills over what follows", Warn)},
	}
}

func TestRowByRowLooksTheSame(t *testing.T) {
	for _, color := range []bool{false, true} {
		table, rows := sample()
		var whole, single bytes.Buffer
		p := NewPrinter(&whole, 80, color, false)
		p.Print(table, rows)
		p.Flush()
		p = NewPrinter(&single, 80, color, false)
		p.Begin(table)
		for _, row := range rows {
			p.Row(table, row)
		}
		p.Flush()
		// tablewriter gets a spilling cell in pieces: the colour is the same on both sides of the cut.
		if strings.ReplaceAll(whole.String(), "\x1b[0m\x1b[33m", "") != single.String() {
			t.Errorf("by tablewriter:\n%s\nrow by row:\n%s", &whole, &single)
		}
	}
}

func TestLastCellOfAShortRowSpills(t *testing.T) {
	for _, frame := range []Frame{Open, Unruled} {
		table, rows := sample()
		table.Frame = frame
		var b bytes.Buffer
		p := NewPrinter(&b, 80, false, false)
		p.Print(table, rows)
		p.Flush()
		if want := "        ↳ spills over what follows"; !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
}

func TestColumnsStandUnderEachOther(t *testing.T) {
	for _, frame := range []Frame{Open, Boxed, Ladder, Unruled} {
		table, rows := sample()
		table.Frame = frame
		var b bytes.Buffer
		p := NewPrinter(&b, 80, false, frame == Boxed)
		p.Print(table, rows)
		if err := p.Flush(); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\u00a0") {
			t.Errorf("frame %d lets protected bytes through: %q", frame, b.String())
		}
		if frame != Boxed && frame != Ladder {
			continue
		}
		for line := range strings.Lines(b.String()) {
			if w := Width(strings.TrimRight(line, "\n")); w != 37+widthOf(frame) {
				t.Errorf("frame %d: line of %d columns: %s", frame, w, line)
			}
		}
	}
}

// widthOf is what a frame adds to the 37 columns of the sample's cells.
func widthOf(f Frame) int {
	if f == Boxed {
		return 4 + 6
	}
	return 3
}

func TestRulesJoinTheFrame(t *testing.T) {
	for _, color := range []bool{false, true} {
		var b bytes.Buffer
		p := NewPrinter(&b, 80, color, false)
		p.Print(Table{Columns: []Column{{Width: 3}, {Width: 5}}, Frame: Ladder}, [][]Cell{{nil, Styled("─────", Bold)}})
		p.Flush()
		if !strings.Contains(b.String(), "├") || !strings.Contains(b.String(), "┤") {
			t.Errorf("colour %v: the rule stands beside the frame:\n%s", color, &b)
		}
	}
}

func TestASCIIKeepsColumns(t *testing.T) {
	line := "─│▶◀→⇄·…×✓日x"
	got := asciiLine(line)
	if Width(got) != Width(line) || strings.IndexFunc(got, func(r rune) bool { return r > '~' }) >= 0 {
		t.Errorf("asciiLine(%q) = %q", line, got)
	}
}
