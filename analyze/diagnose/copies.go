package diagnose

import (
	"slices"

	"tcplab/analyze/classify"
	"tcplab/analyze/flow"
)

// Once returns conv without the frames that the capture holds a second time, and those by themselves: a copy is no word of
// its sender, and only a rule about copies wants to see it. On a router's pseudo-interface any, that is every second frame.
func Once(conv *flow.Conversation) (*flow.Conversation, []flow.Row) {
	if conv.Duplicates == 0 {
		return conv, nil
	}
	once := *conv
	once.Rows = slices.Clone(conv.Rows)
	var copies []flow.Row
	once.Rows = slices.DeleteFunc(once.Rows, func(r flow.Row) bool {
		twice := r.Marks.Any(classify.DuplicateCapture)
		if twice {
			copies = append(copies, r)
			once.Half[r.Dir].Packets--
		}
		return twice
	})
	if conv.Gap > 0 {
		for i := range conv.Rows[:conv.GapAt] {
			if conv.Rows[i].Marks.Any(classify.DuplicateCapture) {
				once.GapAt--
			}
		}
	}
	return &once, copies
}
