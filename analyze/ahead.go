package analyze

import (
	"context"

	"tcplab/capture"
)

// ahead reads a source on a goroutine of its own, a few batches in advance: reading waits for the disk and fills one
// processor's cache while another decodes.
type ahead struct {
	full chan filled
	free chan *capture.Batch
	stop chan struct{}
	last filled
}

// filled is a batch with what the source said after filling it.
type filled struct {
	batch *capture.Batch
	stats capture.Stats
	err   error
}

// batchesAhead are in use at a time: one being filled, one being decoded, and two between them.
const batchesAhead = 4

func readAhead(src capture.Source) *ahead {
	a := &ahead{full: make(chan filled, batchesAhead), free: make(chan *capture.Batch, batchesAhead), stop: make(chan struct{})}
	for range batchesAhead {
		a.free <- &capture.Batch{}
	}
	a.last.stats = src.Stats()
	go a.read(src)
	return a
}

func (a *ahead) read(src capture.Source) {
	defer close(a.full)
	for {
		select {
		case b := <-a.free:
			err := capture.NextBatch(src, b)
			a.full <- filled{b, src.Stats(), err}
			if err != nil {
				return
			}
		case <-a.stop:
			return
		}
	}
}

// next returns the next frames; they are valid until the call after. Its errors are those of the source, or ctx's.
func (a *ahead) next(ctx context.Context) ([]capture.Frame, error) {
	if a.last.batch != nil {
		a.free <- a.last.batch
		a.last.batch = nil
	}
	select {
	case f, ok := <-a.full:
		if !ok {
			return nil, a.last.err
		}
		a.last = f
		if f.err != nil {
			return nil, f.err
		}
		return f.batch.Frames, nil
	case <-ctx.Done(): // also while the source waits for input that may never come
		return nil, ctx.Err()
	}
}

// close ends the reading; the goroutine may still be inside the source, which is why stats are those of the last batch.
func (a *ahead) close() { close(a.stop) }

func (a *ahead) stats() capture.Stats { return a.last.stats }
