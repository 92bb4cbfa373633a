package capture

// Batch is a run of frames that stay valid together, so that one goroutine may read on while another works on them.
//
// The caller owns the batch; the source that filled it last owns Memory. Frames and their Data are valid until the batch
// is filled again. The zero value is ready for use.
type Batch struct {
	Frames []Frame
	Memory []byte // what the frames' Data points into; reused by the next fill
}

// Batcher is a source that yields whole batches without copying frames.
type Batcher interface {
	// NextBatch replaces the frames of b by the next ones, at least one. Its errors are those of Next and come without
	// frames. A caller uses either Next or NextBatch on one source.
	NextBatch(b *Batch) error
}

// batchBytes and batchFrames bound a batch that is collected frame by frame.
const (
	batchBytes  = 256 << 10
	batchFrames = 4096
)

// NextBatch fills b from any source: directly where the source is a Batcher, else by copying frames.
func NextBatch(src Source, b *Batch) error {
	if batcher, ok := src.(Batcher); ok {
		return batcher.NextBatch(b)
	}
	if b.Memory == nil {
		b.Memory = make([]byte, batchBytes)
	}
	b.Frames = b.Frames[:0]
	for used := 0; len(b.Frames) < batchFrames; {
		var f Frame
		if err := src.Next(&f); err != nil {
			if len(b.Frames) > 0 {
				return nil // the source says it again at the next call
			}
			return err
		}
		f.Data, used = keep(b, used, f.Data)
		b.Frames = append(b.Frames, f)
		if used > batchBytes/2 {
			break
		}
	}
	return nil
}

// keep copies data behind the first used bytes of b.Memory, or beside it when there is no room.
func keep(b *Batch, used int, data []byte) ([]byte, int) {
	end := used + len(data)
	if end > len(b.Memory) {
		return append([]byte(nil), data...), used
	}
	return b.Memory[used:end:end][:copy(b.Memory[used:], data)], end
}
