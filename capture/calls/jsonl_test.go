package calls

import (
	"bytes"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
)

func sample() []Call {
	return []Call{
		{Number: 1, Actor: "client", PID: 7, Op: "connect", FD: 3, Args: `3, {sa_family=AF_INET, sin_port=htons(80)}, 16`,
			Remote: "127.0.0.1:80", Begin: 1_700_000_000_000_000_001, End: 1_700_000_000_000_000_099, N: -1, Errno: syscall.ECONNREFUSED},
		{Number: 2, Actor: "server", PID: 8, Op: "recv", FD: 4, Args: `4, "<&>\0", 9, 0`, Begin: 5, N: 4, Data: []byte("<&>\x00")},
		{Number: 3, Actor: "server", PID: 8, Op: "send", FD: 4, Begin: 6, End: 7, N: -1, Errno: 4095},
	}
}

func TestRoundTrip(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, sample()); err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(out.String(), "\n")
	want := `{"number":1,"actor":"client","pid":7,"op":"connect","fd":3,"args":"3, {sa_family=AF_INET, sin_port=htons(80)}, 16",` +
		`"remote":"127.0.0.1:80","begin":1700000000000000001,"end":1700000000000000099,"n":-1,"errno":111,"error":"ECONNREFUSED"}`
	if first != want {
		t.Errorf("got\n%s\nwant\n%s", first, want)
	}
	if !strings.Contains(out.String(), `<&>`) {
		t.Errorf("arguments are not readable: %s", out.String())
	}
	got, err := Read(iotest.OneByteReader(&out))
	if err != nil || !reflect.DeepEqual(got, sample()) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, sample())
	}
}

func TestRead(t *testing.T) {
	const good = `{"number":1,"actor":"client","op":"socket"}` + "\n"
	tests := []struct {
		text  string
		calls int
		err   string
	}{
		{"", 0, ""},
		{good + "\n" + good, 2, ""},
		{strings.TrimSpace(good), 1, ""},
		{`{"number":1,"actor":"client","op":"connect","error":"ECONNREFUSED","of":"a later version"}`, 1, ""},
		{good + `{"number":2,"actor":"cl`, 1, "line 2: unexpected end of JSON input"},
		{good + `{"actor":"client","op":"close"}`, 1, "line 2: a call needs a number, an actor and an op"},
		{good + `{"number":1,"actor":"client","op":"connect","error":"EWHAT"}`, 1, `line 2: no error is called "EWHAT"`},
		{good + `{"number":1,"actor":"client","op":"connect","errno":110,"error":"ECONNREFUSED"}`, 1, `line 2: error 110 is ETIMEDOUT, not "ECONNREFUSED"`},
		{good + `[]`, 1, "line 2: json: cannot unmarshal array into Go value of type calls.line"},
	}
	for _, test := range tests {
		list, err := Read(strings.NewReader(test.text))
		if text := message(err); len(list) != test.calls || text != test.err {
			t.Errorf("%q: %d calls, %q; want %d, %q", test.text, len(list), text, test.calls, test.err)
		}
	}
}

func TestReadTakesTheNameOfAnError(t *testing.T) {
	list, err := Read(strings.NewReader(`{"number":1,"actor":"client","op":"connect","n":-1,"error":"ECONNREFUSED"}`))
	if err != nil || list[0].Errno != syscall.ECONNREFUSED {
		t.Errorf("%v, %v", list, err)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// FuzzRead: what was read can be written, and reads the same again.
func FuzzRead(f *testing.F) {
	var out bytes.Buffer
	if err := Write(&out, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte(`{"number":1,"actor":"client","op":"connect","n":-1,"error":"EAGAIN"}` + "\n\n{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _ := Read(bytes.NewReader(data))
		var out bytes.Buffer
		if err := Write(&out, list); err != nil {
			t.Fatal(err)
		}
		stored := out.String()
		again, err := Read(&out)
		if err != nil || len(again) != len(list) {
			t.Fatalf("%d calls became %d, %v: %s", len(list), len(again), err, stored)
		}
		var second bytes.Buffer
		if err := Write(&second, again); err != nil || second.String() != stored {
			t.Fatalf("%v: %s became %s", err, stored, second.String())
		}
	})
}
