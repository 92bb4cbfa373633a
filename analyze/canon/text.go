package canon

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tcplab/analyze/render/texttab"
)

// Lines returns the form as text, a fact a line, made for people and for diff.
func (f *Form) Lines() []string {
	var t text
	if s := f.Scenario; s != nil {
		t.add("scenario %s (%s)", s.Name, s.Variant)
		keys := []string{}
		for key := range s.Params {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			t.add("  %s = %s", key, s.Params[key])
		}
	}
	for i := range f.Connections {
		t.connection(i, &f.Connections[i])
	}
	t.findings("", f.Findings)
	for _, a := range f.Actors {
		t.add("%s: %s", a.Name, a.Exit)
		for _, c := range a.Calls {
			t.add("  %s", c)
		}
	}
	for _, e := range f.Expectations {
		t.add("expected: %s: %s", e.Text, map[bool]string{true: "met", false: "not met"}[e.Met])
	}
	if f.Host != nil {
		t.host(f.Host)
	}
	return t.lines
}

// WriteText writes the form as text.
func (f *Form) WriteText(w io.Writer) error {
	_, err := io.WriteString(w, strings.Join(f.Lines(), "\n")+"\n")
	return err
}

// WriteText writes the form of connection i as it stands among the others.
func (c *Connection) WriteText(w io.Writer, i int) error {
	var t text
	t.connection(i, c)
	_, err := io.WriteString(w, strings.Join(t.lines, "\n")+"\n")
	return err
}

type text struct{ lines []string }

func (t *text) add(format string, args ...any) {
	t.lines = append(t.lines, texttab.Clean(strings.TrimRight(fmt.Sprintf(format, args...), " ")))
}

func (t *text) connection(i int, c *Connection) {
	t.add("connection %d: %s -> %s", i, c.Client, c.Server)
	if c.Split {
		t.add("  one kind among those that several listeners share")
	}
	t.add("  opened: %s", c.Opened)
	if c.Options.Client != "" {
		t.add("  C offers: %s", c.Options.Client)
	}
	if c.Options.Server != "" {
		t.add("  S offers: %s", c.Options.Server)
	}
	for _, s := range c.Steps {
		t.add("  %s", s.String())
	}
	switch c.Stuck {
	case "":
		t.add("  bytes: %d to S, %d to C", c.ToServer, c.ToClient)
	case "both":
		t.add("  bytes: as many as fit, both ways: both windows stay closed")
	case "S":
		t.add("  bytes: as many as fit to S, whose window stays closed, %d to C", c.ToClient)
	default:
		t.add("  bytes: %d to S, as many as fit to C, whose window stays closed", c.ToServer)
	}
	if c.Held != "" {
		t.add("  held: %s, %s for a delayed ACK", c.Held, delayed)
	}
	if len(c.Marks) > 0 {
		t.add("  marks: %s", strings.Join(c.Marks, ", "))
	}
	t.add("  close: %s", c.Close)
	if c.State.Client+c.State.Server != "" {
		t.add("  state: C %s, S %s", c.State.Client, c.State.Server)
	}
	t.findings("  ", c.Findings)
}

// String writes a step: who, what, how much, after which time.
func (s Step) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", s.From, s.What)
	if s.Seq != "" {
		fmt.Fprintf(&b, " %s", s.Seq)
	}
	if s.Text != "" {
		fmt.Fprintf(&b, " %s %s", s.Text, s.Digest)
	}
	if len(s.After) > 0 {
		fmt.Fprintf(&b, " [%s]", strings.Join(s.After, ", "))
	}
	return b.String()
}

// String writes an ending: how, who began it, and who is left in TIME-WAIT.
func (c Close) String() string {
	words := c.Kind
	if c.By != "" {
		words += ", first " + c.By
	}
	if c.TimeWait != "" {
		words += ", TIME-WAIT " + c.TimeWait
	}
	return words
}

func (t *text) findings(indent string, list []Finding) {
	for _, f := range list {
		t.add("%sfinding: %s", indent, f)
	}
}

// String writes a finding: the cause, how sure it is, what both ends see of it, and its proof.
func (f Finding) String() string {
	line := fmt.Sprintf("%s, %s, %s", f.Cause, f.Level, f.Severity)
	for _, part := range []string{"client sees " + f.ClientSees, "server sees " + f.ServerSees, "proof " + strings.Join(f.Proof, ", ")} {
		if !strings.HasSuffix(part, " ") {
			line += "; " + part
		}
	}
	return line
}
