package render

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"tcplab/analyze/report"
)

// fill puts random values into every field of v; lists are never nil, since nil lists are written as empty ones.
func fill(v reflect.Value, rnd *rand.Rand) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(rnd.Int64N(4e9), rnd.Int64N(1e9)*rnd.Int64N(2)).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), rnd)
		}
	case reflect.Pointer:
		if rnd.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), rnd)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rnd.IntN(4), 4))
		for i := range v.Len() {
			fill(v.Index(i), rnd)
		}
	case reflect.String:
		v.SetString(randomText(rnd))
	case reflect.Bool:
		v.SetBool(rnd.IntN(2) == 0)
	case reflect.Float64:
		v.SetFloat(float64(rnd.Int64N(1e9)) / 128)
	case reflect.Int, reflect.Int64:
		v.SetInt(rnd.Int64N(1e12) * rnd.Int64N(2))
	default:
		v.SetUint(rnd.Uint64() >> rnd.IntN(64) & (1<<v.Type().Bits() - 1) * rnd.Uint64N(2))
	}
}

func randomText(rnd *rand.Rand) string {
	pieces := []string{"", "SF", "a \"quoted\" \\ word", "<b>&", "\x00\x1f\x7f\b\f\n\r\t", "Grüße 日本 🙂", "\xff\xc3\x28", "\u2028\u2029", "\u202e", "\u009b2J", "tag \U000e0041", "\ufeff\u00ad", "words before a \x7f"}
	return pieces[rnd.IntN(len(pieces))] + pieces[rnd.IntN(len(pieces))]
}

func TestEncoderIsEncodingJSON(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	whole, bare := encoder{o: Options{Segments: true}}, encoder{}
	for range 3000 {
		var c report.Connection
		fill(reflect.ValueOf(&c).Elem(), rnd)
		c.Alike = 0
		want, err := marshal(&c)
		if err != nil {
			t.Fatal(err)
		}
		if got := whole.connection(nil, &c); !bytes.Equal(got, want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		c.Segments = nil
		want, _ = marshal(&c)
		if got := bare.connection(nil, &c); !bytes.Equal(got, want) {
			t.Fatalf("without segments: got %s\nwant %s", got, want)
		}
	}
}

func TestEncoderWritesNilListsAsLists(t *testing.T) {
	got := string((&encoder{o: Options{Segments: true}}).connection(nil, &report.Connection{Findings: []report.Finding{{}}, Segments: make([]report.Segment, 1)}))
	if !json.Valid([]byte(got)) {
		t.Fatalf("not JSON: %s", got)
	}
	for _, key := range []string{"frames", "calls", "evidence", "excluded", "marks"} {
		if !strings.Contains(got, `"`+key+`":[]`) {
			t.Errorf("%s is not an empty list in %s", key, got)
		}
	}
}

func TestEncoderDoesNotAllocate(t *testing.T) {
	c := &resetReport().Connections[1]
	e := encoder{o: Options{Segments: true}}
	buf := e.connection(nil, c)
	if n := testing.AllocsPerRun(100, func() { buf = e.connection(buf[:0], c) }); n != 0 {
		t.Errorf("%v allocations for a connection, want 0", n)
	}
}

func BenchmarkEncoder(b *testing.B) {
	c := &helloReport().Connections[0]
	var e encoder
	buf := e.connection(nil, c)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = e.connection(buf[:0], c)
	}
}

func TestJSONIsTheIndentedReport(t *testing.T) {
	for name, r := range reports() {
		var got bytes.Buffer
		if err := JSON.Write(&got, r, Options{Conn: -1, Segments: true}); err != nil {
			t.Fatal(err)
		}
		compact, err := marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Indent(&want, compact, "", "  "); err != nil {
			t.Fatal(err)
		}
		want.WriteByte('\n')
		if name != "hostile" && got.String() != want.String() {
			t.Errorf("%s: got\n%s\nwant\n%s", name, &got, &want)
		}
		if !json.Valid(got.Bytes()) {
			t.Errorf("%s: not valid JSON", name)
		}
		golden(t, "json/"+name+".json", got.Bytes())
	}
}

func TestJSONReadsBackAsTheSameReport(t *testing.T) {
	for name, r := range reports() {
		if name == "hostile" {
			continue // invalid UTF-8 becomes U+FFFD, on purpose
		}
		var b bytes.Buffer
		if err := JSON.Write(&b, r, Options{Conn: -1, Segments: true}); err != nil {
			t.Fatal(err)
		}
		var back report.Report
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(&back, r) {
			t.Errorf("%s: reads back as\n%+v\nwant\n%+v", name, &back, r)
		}
	}
}

func TestNDJSONLines(t *testing.T) {
	for name, r := range reports() {
		got := write(t, NDJSON, name, Options{Conn: -1})
		lines := bytes.Split(bytes.TrimSuffix(got, []byte("\n")), []byte("\n"))
		if len(lines) != len(r.Connections)+1 {
			t.Errorf("%s: %d lines for %d connections", name, len(lines), len(r.Connections))
		}
		for i, line := range lines {
			var object map[string]any
			if err := json.Unmarshal(line, &object); err != nil {
				t.Errorf("%s line %d: %v", name, i+1, err)
			}
			if _, isConnection := object["history"]; isConnection != (i < len(lines)-1) {
				t.Errorf("%s line %d: connection is %v", name, i+1, isConnection)
			}
		}
		golden(t, "ndjson/"+name+".ndjson", got)
	}
}

// TestAlikeConnectionsAreWrittenAsAny: the text that connections with one number share holds what is each one's own.
func TestAlikeConnectionsAreWrittenAsAny(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	e := encoder{o: Options{Segments: true}}
	for number := range uint32(300) {
		var c report.Connection
		fill(reflect.ValueOf(&c).Elem(), rnd)
		if c.Handshake == nil {
			continue
		}
		for range 4 {
			var other report.Connection
			fill(reflect.ValueOf(&other).Elem(), rnd)
			c.ID, c.Client, c.Server.Addr, c.FirstFrame, c.LastFrame = other.ID, other.Client, other.Server.Addr, other.FirstFrame, other.LastFrame
			c.Start, c.Duration, c.Handshake.SYN, c.Close.Frames = other.Start, other.Duration, other.FirstFrame, other.Close.Frames
			for i := range c.Findings {
				f := &c.Findings[i]
				f.Frames, f.Evidence, f.Fix, f.Excluded = other.SYNFrames, other.Warnings, other.Outcome, nil
			}
			c.Alike = 0
			plain := encoder{o: e.o}
			want := string(plain.connection(nil, &c))
			c.Alike = 1 + number%200*512 // some take the place of others
			if got := string(e.connection([]byte("before"), &c)); got != "before"+want {
				t.Fatalf("got  %s\nwant %s", got, want)
			}
		}
	}
}
