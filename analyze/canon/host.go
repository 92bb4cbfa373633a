package canon

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// Host is what a run showed on the host it took place on, beside what it shows on every host: the second section, which
// differs from run to run. Connections are named as in the first, and by their number in the report.
type Host struct {
	Tool        string           `json:"tool"`
	Kernel      string           `json:"kernel,omitempty"`
	Iface       string           `json:"iface,omitempty"`
	IfaceWhy    string           `json:"iface_why,omitempty"`
	Names       []Name           `json:"names"`
	PIDs        []PID            `json:"pids,omitempty"`
	Connections []HostConnection `json:"connections"`
	Findings    []HostFinding    `json:"findings"`

	// As in the report:
	Views     []report.KernelView `json:"views,omitempty"`
	Listeners []report.Listener   `json:"listeners,omitempty"`
	Hosts     []report.HostView   `json:"hosts,omitempty"`
}

// Name is what a name of the first section stands for.
type Name struct {
	Name string `json:"name"`
	Is   string `json:"is"`
}

// PID is the process of an actor.
type PID struct {
	Actor string `json:"actor"`
	PID   int    `json:"pid"`
}

// HostConnection is a connection with its luck.
type HostConnection struct {
	ID       uint32         `json:"id"` // its number in the report
	Client   string         `json:"client"`
	Server   string         `json:"server"`
	Start    time.Time      `json:"start"`
	Duration report.Seconds `json:"duration_s"`
	RTT      report.Seconds `json:"rtt_s"` // of the handshake, 0 when it was not complete
	ISNs     []uint32       `json:"isns"`  // initial sequence numbers, the client's first
	Segments uint32         `json:"segments"`
	Close    Close          `json:"close"` // as it was seen
	Marks    []string       `json:"marks"` // all of them
}

// HostFinding is a finding with its proof in this capture.
type HostFinding struct {
	Cause  string   `json:"cause"`
	Level  string   `json:"level"`
	Frames []uint32 `json:"frames"`
}

// HostOf returns the second section of r's form.
func HostOf(r *report.Report) *Host {
	v := &view{r: r, names: namesOf(r, nil)}
	if len(r.Calls) > 0 {
		v = viewOf(r)
	}
	h := &Host{Tool: r.Tool.Version, Names: v.meanings(), Connections: []HostConnection{}, Findings: []HostFinding{},
		Views: r.Kernel, Listeners: r.Listeners, Hosts: r.Hosts}
	if r.Run != nil {
		h.Kernel, h.Iface, h.IfaceWhy = r.Run.Kernel, r.Run.Iface, r.Run.IfaceWhy
	}
	for _, a := range r.Actors {
		h.PIDs = append(h.PIDs, PID{a.Name, a.PID})
	}
	for i := range v.r.Connections {
		c := &v.r.Connections[i]
		h.Connections = append(h.Connections, v.lucky(c))
		h.find(c.Findings)
	}
	h.find(r.Findings)
	return h
}

func (h *Host) find(list []report.Finding) {
	for _, f := range list {
		h.Findings = append(h.Findings, HostFinding{f.Cause, f.Level, append([]uint32{}, f.Frames...)})
	}
}

// meanings lists the ends, in the order in which they got their names.
func (v *view) meanings() []Name {
	list, seen := []Name{}, map[string]bool{}
	for i := range v.r.Connections {
		c := &v.r.Connections[i]
		for _, n := range []Name{{v.names.clientOf(c), place(c.Client)}, {v.names.endpoint(c.Server), place(c.Server)}} {
			if !seen[n.Name] {
				seen[n.Name] = true
				list = append(list, n)
			}
		}
	}
	return list
}

func place(e report.Endpoint) string {
	if strings.Contains(e.Addr, ":") {
		return fmt.Sprintf("[%s]:%d", e.Addr, e.Port)
	}
	return fmt.Sprintf("%s:%d", e.Addr, e.Port)
}

func (v *view) lucky(c *report.Connection) HostConnection {
	out := HostConnection{ID: c.ID, Client: v.names.clientOf(c), Server: v.names.endpoint(c.Server), Start: c.Start, Duration: c.Duration,
		Segments: c.Frames, Close: Close{Kind: c.Close.Kind, By: c.Close.By, TimeWait: c.Close.TimeWait}, ISNs: []uint32{}, Marks: []string{}}
	if c.Handshake != nil {
		out.RTT = c.Handshake.RTT
	}
	for _, dir := range []string{"c2s", "s2c"} {
		if i := slices.IndexFunc(c.Segments, func(s report.Segment) bool { return s.Dir == dir && strings.Contains(s.Flags, "S") }); i >= 0 {
			out.ISNs = append(out.ISNs, c.Segments[i].SeqRaw)
		}
	}
	for i := range c.Segments {
		for _, m := range c.Segments[i].Marks {
			if !slices.Contains(out.Marks, m) {
				out.Marks = append(out.Marks, m)
			}
		}
	}
	return out
}

// Marker is the line between the two sections of a text.
const Marker = "--- host: what follows is of this run and this host alone"

func (t *text) host(h *Host) {
	t.add("%s", Marker)
	t.add("tool %s", h.Tool)
	if h.Kernel != "" {
		t.add("kernel %s, interface %s (%s)", h.Kernel, h.Iface, h.IfaceWhy)
	}
	for _, n := range h.Names {
		t.add("%s is %s", n.Name, n.Is)
	}
	for _, p := range h.PIDs {
		t.add("%s is process %d", p.Actor, p.PID)
	}
	for _, c := range h.Connections {
		t.add("connection %d of the report: %s -> %s", c.ID, c.Client, c.Server)
		t.add("  began %s, took %v, round trip %v", c.Start.UTC().Format(time.RFC3339Nano), time.Duration(c.Duration), time.Duration(c.RTT))
		t.add("  segments %d, initial numbers %s", c.Segments, strings.Trim(fmt.Sprint(c.ISNs), "[]"))
		t.add("  close: %s", c.Close)
		if len(c.Marks) > 0 {
			t.add("  marks: %s", strings.Join(c.Marks, ", "))
		}
	}
	for _, f := range h.Findings {
		t.add("finding %s, %s: frames %s", f.Cause, f.Level, strings.Trim(fmt.Sprint(f.Frames), "[]"))
	}
	for _, v := range h.Views {
		t.add("kernel of %s, %s %s -> %s in %s: %s", v.Actor, v.When, v.Local, v.Remote, v.State, numbers(v.Fields))
	}
	for _, l := range h.Listeners {
		t.add("listener of %s, %s %s: queue %d, backlog %d", l.Actor, l.When, l.Local, l.Queue, l.Backlog)
	}
	for _, c := range h.Hosts {
		t.add("host %s counted %s", c.Host, numbers(c.Counters))
	}
}

// numbers lists named numbers: "backlog 3, queue 4".
func numbers(named map[string]uint64) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(named)) {
		list = append(list, fmt.Sprintf("%s %d", name, named[name]))
	}
	return strings.Join(list, ", ")
}
