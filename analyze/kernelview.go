package analyze

import (
	"slices"
	"strings"

	"tcplab/analyze/report"
	"tcplab/capture/hostfacts"
)

// listening is the state of a listener.
const listening = "LISTEN"

// listeners are those of the run's own processes: as their actors saw them before they let go of them, and in the snapshots
// that were taken during the run or after it.
func (r *run) listeners() (list []report.Listener) {
	actors := map[int]string{}
	for _, a := range r.in.About.Actors {
		actors[a.PID] = a.Name
	}
	for i := range r.in.Facts {
		f := &r.in.Facts[i]
		for _, s := range f.Sockets {
			if actor := actors[s.PID]; actor != "" && s.State == listening && s.NetNS == "" && f.When != "before" {
				// Of a listener the kernel's tables show the length of the accept queue and its limit in place of bytes.
				list = append(list, report.Listener{Actor: actor, Local: s.Local, When: f.When, Queue: uint64(s.RecvQ), Backlog: uint64(s.SendQ)})
			}
		}
	}
	for _, v := range r.in.About.Views {
		if drops := v.Fields["drops"]; v.State == listening {
			list = append(list, report.Listener{Actor: v.Actor, Local: v.Local, When: v.When, Queue: v.Fields["queue"], Backlog: v.Fields["backlog"], Drops: &drops})
		}
	}
	return list
}

// hosts say by how much the counters of each host moved from the first snapshot to the last, and what could not be read then.
func (r *run) hosts() (list []report.HostView) {
	first := map[string]*hostfacts.Facts{}
	for i := range r.in.Facts {
		f := &r.in.Facts[i]
		before := first[f.Host]
		if before == nil {
			first[f.Host] = f
			continue
		}
		view := report.HostView{Host: f.Host, Counters: moved(before.Counters, f.Counters)}
		for _, m := range f.Missing {
			view.Missing = append(view.Missing, report.Missing(m))
		}
		list = slices.DeleteFunc(list, func(h report.HostView) bool { return h.Host == f.Host })
		if len(view.Counters)+len(view.Missing) > 0 {
			list = append(list, view)
		}
	}
	slices.SortFunc(list, func(a, b report.HostView) int { return strings.Compare(a.Host, b.Host) })
	return list
}

// moved is by how much counters grew; one that is not listed was 0.
func moved(before, after map[string]uint64) map[string]uint64 {
	grown := map[string]uint64{}
	for name, n := range after {
		if n > before[name] {
			grown[name] = n - before[name]
		}
	}
	return grown
}
