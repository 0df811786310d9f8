package text

import (
	"context"
	"regexp"
	"slices"
	"time"
)

// Filter says which lines match; a field that is nil matches every line.
type Filter struct {
	Include *regexp.Regexp // must match the line
	Exclude *regexp.Regexp // must not match the line
	Find    *regexp.Regexp // must match the line, too

	// Shown returns the line as the person sees it, which the fields above are matched against; nil: as the tool wrote it. Search
	// calls it from its caller's goroutine.
	Shown func(Line) string
}

// takes says whether a line passes; before is the line that it continues, or empty.
func (f Filter) takes(before, text []byte) bool {
	return found(f.Include, before, text) && (f.Exclude == nil || !f.Exclude.Match(text)) && found(f.Find, before, text)
}

// found says whether a line has a match, or the end of one that begins in the line that it continues.
func found(re *regexp.Regexp, before, text []byte) bool {
	if re == nil || re.Match(text) {
		return true
	}
	if len(before) == 0 {
		return false
	}
	return slices.ContainsFunc(re.FindAllIndex(slices.Concat(before, text), -1), func(at []int) bool {
		return at[0] < len(before) && len(before) < at[1]
	})
}

// Hits are lines that a search found.
type Hits struct {
	Numbers []uint64 // in the order in which they were found
	Next    uint64   // the line to go on from; when all were searched, the number after the last line, or 0 backwards
	End     bool     // all lines that exist now were searched
}

const (
	searchTime  = 50 * time.Millisecond // longest time that one call takes
	searchClock = 64                    // lines between two looks at the clock
)

// Search looks for matching lines from the line from on (inclusive), forwards or backwards. It returns after 50 ms, or with most
// hits, and says where to go on. Lines that are gone are skipped.
//
// Errors: the error of ctx; a disk that cannot be read.
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
		if !ok { // dropped during the search
			if first, last = l.bounds(); !backwards {
				hits.Next = max(first, hits.Next+1)
			}
			continue
		}
		number := hits.Next
		before, text, err := reader.texts(number, f.Shown)
		if err != nil {
			return Hits{}, err
		}
		if f.takes(before, text) {
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
