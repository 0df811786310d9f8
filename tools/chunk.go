package tools

import "context"

// Chunk is some lines in a row.
type Chunk struct {
	Lines   []Line
	Next    uint64 // the number to ask after next
	Skipped uint64 // lines before these that are not kept any more
	End     bool   // no line comes after these
}

const maxChunk = 4096 // lines

// Output waits for lines of a run after the number after, or for its end.
func (r *Runs) Output(ctx context.Context, id RunID, after uint64) (Chunk, error) {
	run, err := r.run(id)
	if err != nil {
		return Chunk{}, err
	}
	return run.lines.chunk(ctx, after)
}

func (l *lines) chunk(ctx context.Context, after uint64) (Chunk, error) {
	var seen TextState
	for {
		state, err := l.next(ctx, seen)
		if err != nil {
			return Chunk{}, err
		}
		seen = state
		if state.Last <= after && !state.Ended {
			continue
		}
		from := max(after+1, state.First)
		chunk := Chunk{Skipped: from - after - 1, Next: min(state.Last, from+maxChunk-1)}
		chunk.Next = max(chunk.Next, after)
		chunk.End = state.Ended && chunk.Next >= state.Last
		if chunk.Lines, err = l.log.lines(from, chunk.Next); err != nil || len(chunk.Lines) > 0 || chunk.End {
			return chunk, err
		}
	}
}
