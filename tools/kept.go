package tools

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// label is what lies beside a spool, so that it can be told what it is when podtracer is no more.
type label struct {
	Namespace, Pod, UID, Node string
	Labels                    string   `json:",omitempty"`
	Containers                []string `json:",omitempty"`
	Argv                      []string
	Created                   time.Time
	Capture                   bool
	Filter                    string `json:",omitempty"`
	Device                    string `json:",omitempty"`
	Ring                      int64  `json:",omitempty"`

	// Of a run that has ended; zero of one whose podtracer was killed before.
	Began, Ended time.Time
	Counters     Counters
	Losses       []Loss `json:",omitempty"`
}

// writeLabel writes the label of the spool that begins at path, in the place of an earlier one.
func writeLabel(path string, s State, filter string) error {
	text, err := json.Marshal(label{
		Namespace: s.Pod.Namespace, Pod: s.Pod.Name, UID: s.Pod.UID, Node: s.Pod.Node, Labels: s.Pod.Labels,
		Containers: s.Pod.ContainerNames, Argv: s.Argv, Created: s.Created, Capture: s.Capture, Filter: filter, Device: s.Device,
		Ring: s.Ring.Size, Began: s.Began, Ended: s.Ended, Counters: s.Counters, Losses: s.Losses,
	})
	if err != nil {
		return fmt.Errorf("label spool: %w", err)
	}
	draft := labelOf(path) + ".new"
	if err := os.WriteFile(draft, text, 0o600); err != nil {
		return fmt.Errorf("label spool: %w", err)
	}
	return os.Rename(draft, labelOf(path))
}

func labelOf(spool string) string { return strings.TrimSuffix(spool, ".spool") + ".json" }

// state is what is known of a run whose podtracer is no more.
func (l label) state() State {
	s := State{
		Pod: k8s.Pod{
			Namespace: l.Namespace, Name: l.Pod, UID: l.UID, Node: l.Node, Labels: l.Labels, ContainerNames: l.Containers,
		},
		Argv: l.Argv, Created: l.Created, Began: l.Began, Ended: l.Ended, Capture: l.Capture, Device: l.Device,
		Ring: Ring{Size: l.Ring}, Phase: Ended, Counters: l.Counters, Losses: l.Losses,
	}
	if l.Ended.IsZero() {
		s.Began = l.Created
		s.Losses = []Loss{{Kind: LostWithUs, Detail: "podtracer was killed while it ran; what came last, and what was dropped, is not known"}}
	}
	return s
}

// state is what is known of the run, with what is there of it.
func (k keptRun) state(c content) State {
	s := k.label.state()
	s.Bytes = c.size()
	if info, err := os.Stat(k.files[len(k.files)-1]); err == nil && s.Ended.IsZero() {
		s.Ended = info.ModTime()
	}
	return s
}

// keptRun is a run in a session, as its files tell it.
type keptRun struct {
	label label
	id    string   // of the session and the run: k3x9q-1
	files []string // its spool's, in their order
}

// keptIn are the runs of a session that wrote something.
func keptIn(session string) []keptRun {
	labels, _ := filepath.Glob(filepath.Join(session, "*.json")) // fails only for a bad pattern
	var runs []keptRun
	for _, path := range labels {
		run := keptRun{id: filepath.Base(session) + "-" + strings.TrimSuffix(filepath.Base(path), ".json")}
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &run.label)
		}
		run.files = spoolFiles(strings.TrimSuffix(path, ".json") + ".spool")
		if err != nil || totalSize(run.files) == 0 { // nothing came, or podtracer was killed before it began
			continue
		}
		runs = append(runs, run)
	}
	return runs
}

// spoolFiles are the files of the spool that begins at path, the oldest first.
func spoolFiles(path string) []string {
	if _, err := os.Stat(path); err == nil {
		return []string{path}
	}
	files, _ := filepath.Glob(path + ".*") // as above
	slices.SortFunc(files, func(a, b string) int { return int(segmentNumber(a) - segmentNumber(b)) })
	return files
}

func segmentNumber(path string) int64 {
	n, _ := strconv.ParseInt(strings.TrimPrefix(filepath.Ext(path), "."), 10, 64) // 0 for a foreign file
	return n
}

func totalSize(files []string) int64 {
	var n int64
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			n += info.Size()
		}
	}
	return n
}

// open opens the files of a run, up to their last whole packet: the first as it is, the others without the head that each has.
func (k keptRun) open() (c content, packets int64, closeFiles func(), err error) {
	var files []*os.File
	closeFiles = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for i, path := range k.files {
		f, err := os.Open(path)
		if err != nil {
			closeFiles()
			return content{}, 0, nil, fmt.Errorf("open spool: %w", err)
		}
		files = append(files, f)
		var from int64
		if i > 0 && k.label.Capture {
			from = pcap.FileHeaderLen
		}
		end, n, err := wholeEnd(f, k.label.Capture)
		if err != nil {
			closeFiles()
			return content{}, 0, nil, fmt.Errorf("read spool: %w", err)
		}
		c.parts = append(c.parts, io.NewSectionReader(f, from, max(0, end-from)))
		packets += n
	}
	return c, packets, closeFiles, nil
}

// wholeEnd is where the last whole packet of a file ends, and how many packets there are. A machine that loses its power may
// leave a file whose last blocks were never written: they read as zeros, which no packet is.
func wholeEnd(f *os.File, capture bool) (end, count int64, err error) {
	info, err := f.Stat()
	if err != nil || !capture {
		return info.Size(), 0, err
	}
	packets, err := pcap.NewReader(f)
	for end = pcap.FileHeaderLen; err == nil; {
		var packet []byte
		if packet, err = packets.Next(); err != nil {
			break
		}
		if isZero(packet[:pcap.PacketHeaderLen]) {
			return end, count, nil
		}
		end += int64(len(packet))
		count++
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pcap.ErrFormat) {
		return min(end, info.Size()), count, nil
	}
	return 0, 0, err
}

func isZero(p []byte) bool { return !slices.ContainsFunc(p, func(b byte) bool { return b != 0 }) }
