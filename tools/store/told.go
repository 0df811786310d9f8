package store

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// told is a file in the data directory: how many runs were left when a person was told so last, and when that was.
const (
	told     = ".told"
	mostTold = 1 << 10 // bytes
	again    = 24 * time.Hour
)

// LeftNews is how many runs of earlier podtracers were left, if that is news: there are more than were told last, or that was a day ago. A
// script that starts podtracer again and again says it once. 0 is no news.
func (d *Dir) LeftNews(now time.Time) int {
	var before int
	var unix int64
	text, err := d.root.Read(told, mostTold)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%d %d", &before, &unix)
	}
	if d.left == 0 {
		if !errors.Is(err, fs.ErrNotExist) {
			_ = d.root.Remove(told)
		}
		return 0
	}
	age := now.Sub(time.Unix(unix, 0))
	news := err != nil || d.left > before || age < 0 || age >= again
	switch {
	case news:
		unix = now.Unix()
	case d.left == before:
		return 0
	}
	// Where it cannot be written, it is told again.
	_ = d.root.Replace(told, fmt.Appendf(nil, "%d %d\n", d.left, unix))
	if !news {
		return 0
	}
	return d.left
}
