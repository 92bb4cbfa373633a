package cable

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	both, c2s, s2c := [2]bool{true, true}, [2]bool{true, false}, [2]bool{false, true}
	for line, want := range map[string]Rule{
		"drop c2s data 3 once":    {Action: Action{Verb: "drop"}, Dirs: c2s, Select: Select{Kinds: []string{"data"}, From: 3, To: 3}, Times: 1},
		"delay both 20ms":         {Action: Action{Verb: "delay", Wait: 20 * time.Millisecond}, Dirs: both},
		"delay 1ms s2c ack":       {Action: Action{Verb: "delay", Wait: time.Millisecond}, Dirs: s2c, Select: Select{Kinds: []string{"ack"}}},
		"duplicate 5ms s2c syn":   {Action: Action{Verb: "duplicate", Wait: 5 * time.Millisecond}, Dirs: s2c, Select: Select{Kinds: []string{"syn"}}},
		"set window +1000 c2s":    {Action: Action{Verb: "set", Field: "window", Value: 1000, Add: true}, Dirs: c2s},
		"set ack 0x10 s2c synack": {Action: Action{Verb: "set", Field: "ack", Value: 16}, Dirs: s2c, Select: Select{Kinds: []string{"synack"}}},
		"set src 10.0.0.9 s2c":    {Action: Action{Verb: "set", Field: "src", Value: 0x0a000009}, Dirs: s2c},
		"strip sack":              {Action: Action{Verb: "strip", Field: "sack"}, Dirs: both},
		"icmp too-big 1280 c2s larger 1280": {Action: Action{Verb: "icmp", Field: "too-big", Value: 1280}, Dirs: c2s,
			Select: Select{MinimumSize: 1281}},
		"reset both ways ttl 60 seq +1 c2s data 2": {Action: Action{Verb: "reset",
			Forge: Forgery{Flags: flagRST | flagACK, ToSender: true, ToReceiver: true, TTL: 60, SeqOffset: 1}}, Dirs: c2s,
			Select: Select{Kinds: []string{"data"}, From: 2, To: 2}},
		"reset to receiver plain s2c": {Action: Action{Verb: "reset", Forge: Forgery{Flags: flagRST, ToReceiver: true, TTL: 57}}, Dirs: s2c},
		"inject fin,ack text=bye ack +3 c2s": {Action: Action{Verb: "inject",
			Forge: Forgery{Flags: flagFIN | flagACK, ToSender: true, TTL: 57, AckOffset: 3, BareAck: true, Data: "bye"}}, Dirs: c2s},
		"rate 1.5mbit 100ms s2c": {Action: Action{Verb: "rate", Value: 1_500_000, Wait: 100 * time.Millisecond}, Dirs: s2c},
		"drop syn flags ece,cwr option sack": {Action: Action{Verb: "drop"}, Dirs: both,
			Select: Select{Kinds: []string{"syn"}, Flags: flagECE | flagCWR, Option: "sack"}},
		"reset ack port 80": {Action: Action{Verb: "reset", Forge: Forgery{Flags: flagRST | flagACK, ToSender: true, TTL: 57}}, Dirs: both,
			Select: Select{Kinds: []string{"ack"}, Port: 80}},
		"hold c2s data 2 for s2c fin": {Action: Action{Verb: "hold"}, Dirs: c2s, Select: Select{Kinds: []string{"data"}, From: 2, To: 2},
			For: &Rule{Dirs: s2c, Select: Select{Kinds: []string{"fin"}}}},
		"cut idle 2s":             {Action: Action{Verb: "cut"}, Dirs: both, Select: Select{Idle: 2 * time.Second}},
		"cut both packet 12":      {Action: Action{Verb: "cut"}, Dirs: both, Select: Select{Kinds: []string{"packet"}, From: 12, To: 12}},
		"cut c2s after 1.5s":      {Action: Action{Verb: "cut"}, Dirs: c2s, After: 1500 * time.Millisecond},
		"drop chance 1% until 2s": {Action: Action{Verb: "drop"}, Dirs: both, Chance: 0.01, Until: 2 * time.Second},
		"drop data 2-4 port 80 times 5": {Action: Action{Verb: "drop"}, Dirs: both, Times: 5,
			Select: Select{Kinds: []string{"data"}, From: 2, To: 4, Port: 80}},
	} {
		want.Text = line
		s, err := Parse("# a comment\n\nseed 7\n" + line + "  # and another\n")
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if diff := cmp.Diff(&Script{Rules: []Rule{want}, Seed: 7}, s); diff != "" {
			t.Errorf("%s:\n%s", line, diff)
		}
		if again, err := Parse(s.String()); err != nil || !cmp.Equal(s, again) {
			t.Errorf("%s: printed as %q, which is read as %+v, %v", line, s, again, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for line, want := range map[string]string{
		"lose c2s":              `"lose" is no action`,
		"drop c2s frames":       `"frames" is not understood here`,
		"delay both":            "the line ends too early",
		"delay both fast":       `"fast" is not a time like 20ms`,
		"drop data 0":           "packets are counted from 1 upwards",
		"drop data 5-2":         "packets are counted from 1 upwards",
		"drop chance 200%":      `"200%" is not a chance`,
		"drop chance NaN":       `"NaN" is not a chance`,
		"set colour 3":          `"colour" is none of ack, dport`,
		"set ttl":               "the line ends too early",
		"strip nop":             `"nop" is none of fastopen, mss`,
		"icmp teapot":           `"teapot" is none of admin-prohibited`,
		"drop times -1":         "-1 does not count anything",
		"reset to nobody":       `"nobody" is none of sender, receiver`,
		"rate fast 1s":          `"fast" is not a rate`,
		"police 1mbit":          "the line ends too early",
		"rate 0.1kbit 1s":       `"0.1kbit" is not a rate`,
		"inject none":           `"none" is no TCP flag`,
		"drop option nop":       `"nop" is none of fastopen, mss`,
		"hold c2s fin":          `it must be said for which packet`,
		"hold fin for c2s once": `"once" is not understood here`,
		"seed 1 2":              `"2" is not understood here`,
	} {
		_, err := Parse("drop c2s syn once\n" + line)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// FuzzParse: whatever is accepted can be printed and read back, and then means the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"drop c2s data 3 once", "delay both 20ms", "seed 3\nreset both ways ttl 5 seq -3", "cut after 1s", "rate 1mbit 5ms", "hold c2s syn once for s2c syn", "inject syn,ack text=x idle 1s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(s.String())
		if err != nil || !cmp.Equal(s, again) {
			t.Fatalf("%q\n%+v\n%+v\n%v", text, s, again, err)
		}
	})
}
