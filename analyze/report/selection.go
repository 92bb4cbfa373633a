package report

import "slices"

// Selection says which connections of the input a report holds.
type Selection struct {
	Where       string   `json:"where,omitempty"` // the condition
	Find        []byte   `json:"find,omitempty"`  // bytes that they must have sent
	By          string   `json:"by,omitempty"`    // the field by which they are ordered, the largest first
	Top         uint64   `json:"top,omitempty"`   // how many of these at most
	Matching    uint64   `json:"matching"`        // connections that meet the condition and sent the bytes
	Connections uint64   `json:"connections"`     // of the input, all of them
	Values      []string `json:"values,omitempty"`
}

// Clone returns a copy of c that shares no list with it.
func (c *Connection) Clone() Connection {
	k := *c
	k.Close.Frames, k.SYNFrames, k.SYNGaps = slices.Clone(c.Close.Frames), slices.Clone(c.SYNFrames), slices.Clone(c.SYNGaps)
	k.ICMPFrames, k.Warnings = slices.Clone(c.ICMPFrames), slices.Clone(c.Warnings)
	k.Findings, k.Segments = CloneFindings(c.Findings), slices.Clone(c.Segments)
	k.Transcript, k.Found = slices.Clone(c.Transcript), slices.Clone(c.Found)
	k.Handshake, k.Options.Client, k.Options.Server = copied(c.Handshake), copied(c.Options.Client), copied(c.Options.Server)
	return k
}

// CloneFindings returns a copy of a list that shares nothing with it which is written to again: calls and exclusions are not.
func CloneFindings(list []Finding) []Finding {
	list = slices.Clone(list)
	for i := range list {
		list[i].Frames, list[i].Evidence = slices.Clone(list[i].Frames), slices.Clone(list[i].Evidence)
	}
	return list
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
