package classify

// Why is the reason of a row's marks: which rule decided, and the frame it points to.
type Why struct {
	Reason Reason
	Frame  uint32 // the frame the reason refers to: the original of a repetition, the ACK repeated …
	N      uint32 // a number the reason needs: attempt, count, bytes
}

// Reason names a rule of the judgement; Text gives its sentence.
type Reason uint8

// NoReason is the zero Reason: the row has no mark.
const NoReason Reason = 0
