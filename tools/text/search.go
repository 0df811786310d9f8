package text

import (
	"context"
	"regexp"
	"slices"
	"time"
)

// Filter says which lines are looked for; what is nil holds for every line.
type Filter struct {
	Include *regexp.Regexp // matches the line
	Exclude *regexp.Regexp // does not
	Find    *regexp.Regexp // matches it, too

	// Shown is the line as it is looked at, which is what has to match; nil: as the tool wrote it. Search calls it, from the
	// goroutine of its caller.
	Shown func(Line) string
}

func (f Filter) takes(text []byte) bool {
	return (f.Include == nil || f.Include.Match(text)) && (f.Exclude == nil || !f.Exclude.Match(text)) && (f.Find == nil || f.Find.Match(text))
}

// Hits are lines that a search found.
type Hits struct {
	Numbers []uint64 // in the order in which they were found
	Next    uint64   // the line to go on from; behind the last line, or 0 backwards, when all were looked at
	End     bool     // all were looked at that are there just now
}

const (
	searchTime  = 50 * time.Millisecond // that one call takes, at most
	searchClock = 64                    // lines between two looks at the clock
)

// Search looks for lines from one on, which it begins with, forwards or backwards. It returns what it has found after 50 ms,
// or when it has found as many as most, and where to go on; lines that are gone are passed over.
//
// Errors: that of ctx; a disk that cannot be read.
func (l *Text) Search(ctx context.Context, f Filter, from uint64, backwards bool, most int) (Hits, error) {
	return l.log.search(ctx, f, from, backwards, most)
}

func (l *log) search(ctx context.Context, f Filter, from uint64, backwards bool, most int) (Hits, error) {
	first, last := l.bounds()
	hits := Hits{Next: max(from, first, 1)}
	if backwards {
		hits.Next = min(from, last)
	}
	reader := reader{log: l}
	for ends, looked := time.Now().Add(searchTime), 1; ; looked++ {
		if hits.End = hits.Next > last || hits.Next < max(first, 1); hits.End {
			break
		}
		ok, err := reader.seek(hits.Next)
		if err != nil {
			return Hits{}, err
		}
		if !ok { // let go while it was searched
			if first, last = l.bounds(); !backwards {
				hits.Next = max(first, hits.Next+1)
			}
			continue
		}
		number := hits.Next
		i := int(number - reader.block.first)
		text := reader.data[reader.found[i].from:reader.found[i].to]
		if f.Shown != nil {
			text = []byte(f.Shown(reader.line(number)))
		}
		if f.takes(text) {
			hits.Numbers = append(hits.Numbers, number)
		}
		if hits.Next++; backwards {
			hits.Next = number - 1
		}
		if len(hits.Numbers) >= most {
			break
		}
		if looked%searchClock == 0 {
			if err := ctx.Err(); err != nil {
				return Hits{}, err
			}
			if time.Now().After(ends) {
				break
			}
		}
	}
	hits.End = hits.Next > last || hits.Next < max(first, 1)
	if backwards && hits.End {
		hits.Next = 0
	}
	hits.Numbers = slices.Clip(hits.Numbers)
	return hits, nil
}
