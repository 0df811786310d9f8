package text

import (
	"container/heap"
	"regexp"
	"strconv"
	"time"
)

// merge puts the lines of several runs into the order of time. Each run's decoder hands on what it has now and then, some
// packets at a time, so lines are held for a moment until those of the others have come. Lines of one run stay in their order.
type merge struct {
	held  heldLines
	last  map[int]int64 // the time of each run's newest line, in Unix nanoseconds
	count uint64
	timer *time.Timer // set while lines are held
}

const (
	holdFor  = 200 * time.Millisecond // more than what lies between two looks of a decoder
	mostHeld = 16 << 10               // lines; of a flood the oldest go on before their time
)

// heldLine is a line that waits for those before it.
type heldLine struct {
	at    int64  // what it is ordered by, in Unix nanoseconds
	count uint64 // among those of the same time
	came  int64
	run   int
	note  bool
	text  []byte
}

// heldLines is a heap, the earliest line first.
type heldLines []heldLine

func (h heldLines) Len() int { return len(h) }
func (h heldLines) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].count < h[j].count
}
func (h heldLines) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is heap.Push's.
func (h *heldLines) Push(x any) { *h = append(*h, x.(heldLine)) }

// Pop is heap.Pop's.
func (h *heldLines) Pop() any {
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = heldLine{}
	*h = (*h)[:len(*h)-1]
	return last
}

// hold takes lines of a run that came now, and copies them.
func (m *merge) hold(texts [][]byte, now int64, run int, note bool) {
	if m.last == nil {
		m.last = map[int]int64{}
	}
	for _, text := range texts {
		at := now
		if !note {
			if told, ok := lineTime(text, time.Unix(0, now)); ok {
				at = told.UnixNano()
			} else if before := m.last[run]; before != 0 && len(text) > 0 && (text[0] == '\t' || text[0] == ' ') {
				at = before // it belongs to the line before
			}
			m.last[run] = max(at, m.last[run])
			at = m.last[run]
		}
		m.count++
		heap.Push(&m.held, heldLine{at, m.count, now, run, note, append([]byte(nil), text...)})
	}
}

// due takes the lines that have waited long enough, or all of them.
func (m *merge) due(now int64, all bool) (lines []heldLine) {
	for len(m.held) > 0 && (all || len(m.held) > mostHeld || now-m.held[0].came >= int64(holdFor)) {
		lines = append(lines, heap.Pop(&m.held).(heldLine))
	}
	return lines
}

// Times as tcpdump(1) writes them before its packets: of the day, or with -tt and -tttt.
var (
	timeOfDay  = regexp.MustCompile(`^(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d:\d\d\.\d{6,9}) `)
	timeOfUnix = regexp.MustCompile(`^(\d{9,10})\.(\d{6,9}) `)
)

const longestTime = 32 // bytes

// lineTime is the time that stands before a line, if one does. A time without a date is the one closest to when the line came.
func lineTime(text []byte, came time.Time) (time.Time, bool) {
	if len(text) < 10 || text[0] < '0' || text[0] > '9' {
		return time.Time{}, false
	}
	text = text[:min(len(text), longestTime)]
	if found := timeOfUnix.FindSubmatch(text); found != nil {
		seconds, err := strconv.ParseInt(string(found[1]), 10, 64)
		fraction, err2 := strconv.ParseFloat("0."+string(found[2]), 64)
		return time.Unix(seconds, int64(fraction*1e9)), err == nil && err2 == nil
	}
	found := timeOfDay.FindSubmatch(text)
	if found == nil {
		return time.Time{}, false
	}
	date := string(found[1])
	if date == "" {
		date = came.Format(time.DateOnly)
	}
	told, err := time.ParseInLocation(time.DateOnly+" 15:04:05", date+" "+string(found[2]), came.Location())
	if err != nil {
		return time.Time{}, false
	}
	if len(found[1]) == 0 {
		switch late := came.Sub(told); { // around midnight
		case late > 12*time.Hour:
			told = told.AddDate(0, 0, 1)
		case late < -12*time.Hour:
			told = told.AddDate(0, 0, -1)
		}
	}
	return told, true
}
