package check

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"tcplab/analyze/report"
)

// message searches the streams of dirs for a text. A hole in the capture ends what can be searched together.
func message(dirs ...string) func(*report.Connection, []string) sight {
	return func(c *report.Connection, want []string) sight {
		held := []string{}
		for _, dir := range dirs {
			for _, run := range runs(c.Transcript, dir) {
				if frames := run.find(want[0]); frames != nil {
					return sight{true, "sent by the " + sender(dir), frames}
				}
				held = append(held, fmt.Sprintf("%q", clip(run.data)))
			}
		}
		if len(held) == 0 {
			return sight{seen: "nothing was sent"}
		}
		return sight{seen: "sent was " + strings.Join(held, ", ")}
	}
}

func sender(dir string) string {
	if dir == "c2s" {
		return "client"
	}
	return "server"
}

// clip shortens data for a sentence.
func clip(data []byte) []byte {
	const shown = 60
	if len(data) > shown {
		return append(slices.Clone(data[:shown]), "…"...)
	}
	return data
}

// run is captured payload without a hole, and which frame carried which part.
type run struct {
	data   []byte
	chunks []report.Chunk
	starts []int // of each chunk in data
}

// runs joins the chunks of one direction.
func runs(chunks []report.Chunk, dir string) []run {
	list := []run{}
	open := false
	for _, k := range chunks {
		if k.Dir != dir {
			continue
		}
		if len(k.Data) > 0 {
			if !open {
				list = append(list, run{})
			}
			last := &list[len(list)-1]
			last.starts, last.chunks = append(last.starts, len(last.data)), append(last.chunks, k)
			last.data = append(last.data, k.Data...)
		}
		open = k.Missing == 0 && (open || len(k.Data) > 0)
	}
	return list
}

// find returns the frames that carried the first occurrence of text, nil when there is none.
func (r run) find(text string) (frames []uint32) {
	at := bytes.Index(r.data, []byte(text))
	if at < 0 {
		return nil
	}
	for i, k := range r.chunks {
		if r.starts[i] < at+len(text) && r.starts[i]+len(k.Data) > at {
			frames = append(frames, k.Frame)
		}
	}
	return frames
}

func connections(w *whole, want []string) sight {
	return sight{number(w.count, want), fmt.Sprint(w.count), nil}
}

// all visits the findings of the whole report.
func (w *whole) all(visit func(*verdict)) {
	for i := range w.found {
		visit(&w.found[i])
	}
	for i := range w.Findings {
		f := told(&w.Findings[i])
		visit(&f)
	}
}

// matching looks for findings of a cause, "any" for those that are more than notes.
func (w *whole) matching(cause string) (hits, causes []string, frames []uint32) {
	w.all(func(f *verdict) {
		causes = append(causes, f.cause)
		if f.cause == cause || cause == "any" && f.severity != "note" {
			hits = append(hits, f.cause+", "+f.level)
			frames = append(frames, f.frames...)
		}
	})
	return counted(hits), counted(causes), frames
}

// counted names each thing once, in order, and how often where that is more often.
func counted(list []string) (once []string) {
	times := map[string]int{}
	for _, s := range list {
		if times[s]++; times[s] == 1 {
			once = append(once, s)
		}
	}
	for i, s := range once {
		if n := times[s]; n > 1 {
			once[i] = fmt.Sprintf("%s (%d times)", s, n)
		}
	}
	return once
}

func finding(w *whole, want []string) sight {
	hits, causes, frames := w.matching(want[0])
	switch {
	case len(hits) > 0:
		return sight{true, strings.Join(hits, "; "), frames}
	case len(causes) > 0:
		return sight{seen: "only " + strings.Join(causes, ", ")}
	}
	return sight{seen: "no finding"}
}

func noFinding(w *whole, want []string) sight {
	hits, _, frames := w.matching(want[0])
	if len(hits) == 0 {
		return sight{ok: true, seen: "no such finding"}
	}
	return sight{false, strings.Join(hits, "; "), frames}
}

func exit(actor string) func(*whole, []string) sight {
	return func(w *whole, want []string) sight {
		for _, a := range w.Actors {
			if a.Name != actor {
				continue
			}
			seen := a.Exit.Signal
			if seen == "" {
				seen = fmt.Sprint(a.Exit.Status)
			}
			return word(seen, nil, want)
		}
		return sight{seen: "not known: the capture of no run with a " + actor}
	}
}

// sees looks for an errno in the calls of an actor, and without calls in what the findings say that it sees.
func sees(actor string) func(*whole, []string) sight {
	return func(w *whole, want []string) sight {
		seen := []string{}
		for _, c := range w.Calls {
			if c.Actor == actor && c.Errno != "" {
				seen = append(seen, c.Op+": "+c.Errno)
			}
		}
		var frames []uint32
		w.all(func(f *verdict) {
			text := f.client
			if actor == "server" {
				text = f.server
			}
			if len(w.Calls) == 0 && text != "" && f.level != "possible" {
				seen, frames = append(seen, text), append(frames, f.frames...)
			}
		})
		if len(seen) == 0 {
			return sight{slices.Contains(want, "none") && len(w.Calls) > 0, "no failed call", nil}
		}
		return sight{slices.ContainsFunc(seen, func(s string) bool {
			return slices.ContainsFunc(want, func(w string) bool { return slices.Contains(words(s), w) })
		}), strings.Join(slices.Compact(seen), "; "), frames}
	}
}

// words splits a sentence at everything that is no part of a name.
func words(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9') })
}

func asDesigned(w *whole, want []string) sight {
	if len(w.Expectations) == 0 {
		return sight{seen: "not known: no expectations, the capture of no run"}
	}
	var unmet []string
	for _, e := range w.Expectations {
		if !e.Met {
			unmet = append(unmet, "not met: "+e.Text)
		}
	}
	if unmet == nil {
		return sight{ok: yes(true, want), seen: "every expectation met"}
	}
	return sight{ok: yes(false, want), seen: strings.Join(unmet, "; ")}
}
