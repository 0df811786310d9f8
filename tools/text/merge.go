package text

import (
	"container/heap"
	"regexp"
	"strconv"
	"time"
)

// merge puts the lines of several runs in order of time. Each run's decoder delivers its lines in bursts, so lines are held until
// the earlier lines of other runs have come. Lines of one run keep their order.
type merge struct {
	held  heldLines
	last  map[int]int64 // time of each run's newest line, in Unix nanoseconds
	ahead map[int]int64 // how far the times of each run's lines are ahead, in nanoseconds
	count uint64
	timer *time.Timer // set while lines are held
}

const (
	holdFor  = 200 * time.Millisecond // longer than the interval in which a decoder delivers
	mostHeld = 16 << 10               // lines; in a flood the oldest lines are released early
)

// heldLine is a line that waits for earlier lines.
type heldLine struct {
	at    int64  // the time to sort by, in Unix nanoseconds
	count uint64 // order among lines of the same time
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

// Push implements heap.Interface.
func (h *heldLines) Push(x any) { *h = append(*h, x.(heldLine)) }

// Pop implements heap.Interface.
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
			if told, ok := lineTime(text, time.Unix(0, now+m.ahead[run])); ok {
				at = told.UnixNano() - m.ahead[run]
			} else if before := m.last[run]; before != 0 && len(text) > 0 && (text[0] == '\t' || text[0] == ' ') {
				at = before // a line without a time belongs to the line before
			}
			m.last[run] = max(at, m.last[run])
			at = m.last[run]
		}
		m.count++
		heap.Push(&m.held, heldLine{at, m.count, now, run, note, append([]byte(nil), text...)})
	}
}

// due removes and returns the lines that have waited long enough, or all of them.
func (m *merge) due(now int64, all bool) (lines []heldLine) {
	for len(m.held) > 0 && (all || len(m.held) > mostHeld || now-m.held[0].came >= int64(holdFor)) {
		lines = append(lines, heap.Pop(&m.held).(heldLine))
	}
	return lines
}

// Times that tcpdump(1) prints before its packets: the time of day, or with -tt and -tttt the date, too.
var (
	timeOfDay  = regexp.MustCompile(`^(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d:\d\d\.\d{6,9}) `)
	timeOfUnix = regexp.MustCompile(`^(\d{9,10})\.(\d{6,9}) `)
)

const longestTime = 32 // bytes

// lineTime returns the time at the beginning of a line, if there is one. For a time of day, the date is the one closest to came.
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
