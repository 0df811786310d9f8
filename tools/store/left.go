package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

// run is a run in a session, described by its files.
type run struct {
	session *session
	number  int
	files   []string      // the spool's files in the session, in order
	size    int64         // of these, in bytes
	record  report.Record // from the label
	unknown error         // why there is no label
}

// id is the name of a run in the store: k3x9q-1.
func (s *session) id(number int) string { return s.name + "-" + strconv.Itoa(number) }

func (k run) id() string { return k.session.id(k.number) }

// runsIn returns the runs of a session that wrote something, including those without a label, and those whose spool has lost all of it.
//
// Errors: those of session.files and session.size. It returns the other runs nevertheless.
func runsIn(s *session) ([]run, error) {
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	var runs []run
	var errs []error
	for number, names := range files {
		k := run{session: s, number: number, files: spools(names)}
		var err error
		k.size, err = s.size(k.files)
		if errs = append(errs, err); err != nil || len(k.files) == 0 {
			continue
		}
		if k.record, k.unknown = readLabel(s.dir, SpoolName(number)); k.unknown != nil {
			k.record.Capture = k.hasPackets()
		}
		if _, lost := k.lost(0); k.size > 0 || lost { // else nothing came, or podtracer was killed before the run began
			runs = append(runs, k)
		}
	}
	slices.SortFunc(runs, func(a, b run) int { return a.number - b.number })
	return runs, errors.Join(errs...)
}

// hasPackets says whether any file of a spool begins like a capture.
func (k run) hasPackets() bool { return slices.ContainsFunc(k.files, k.beginsLikeCapture) }

func (k run) beginsLikeCapture(name string) bool {
	f, err := k.session.dir.OpenFile(name, os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = pcap.NewReader(f)
	return err == nil
}

// found returns what is known of the run. c is its content, with packets whole packets.
func (k run) found(c spool.Content, packets int64) report.Record {
	r := k.record
	ended := !r.Ended.IsZero()
	if gone, lost := k.lost(packets); lost {
		r.Losses = append(slices.Clone(r.Losses), gone)
	}
	r.Bytes, r.Over = c.Size(), true
	if !ended {
		r.Began = r.Created
		r.Losses = []report.Loss{{Kind: report.LostWithUs, Detail: "podtracer was killed while it ran: the last output and the drops are not known"}}
		if last, err := k.lastWritten(); err == nil {
			r.Ended = last.ModTime()
		}
	}
	if k.unknown != nil {
		r.Created, r.Began = r.Ended, r.Ended
		r.Losses = []report.Loss{{Kind: report.LostWithUs, Detail: "its label cannot be read: the command, the last output and the drops are not known"}}
	}
	return r
}

// lost compares the spool, with packets whole packets, with what a run that has ended says of it: what was there and is not, if anything is.
// Bytes also tell of text, and of what follows the packets of a capture that broke.
func (k run) lost(packets int64) (report.Loss, bool) {
	r := k.record
	if r.Ended.IsZero() {
		return report.Loss{}, false
	}
	if gone := r.Packets - r.Counters.AgedOut - packets; gone > 0 {
		return report.Loss{Kind: report.LostToDisk, Count: gone, Detail: spool.ErrMissing.Error()}, true
	}
	gone := r.Bytes - k.size
	return report.Loss{Kind: report.LostToDisk, Detail: spool.Missing(gone).Error()}, gone > 0
}

func (k run) lastWritten() (os.FileInfo, error) {
	f, err := k.session.dir.OpenFile(k.files[len(k.files)-1], os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

// open opens the files of a run, each up to its last whole packet: the first unchanged, the others without their file headers. A part of
// a ring without a file header had not reached the disk, and is left out. Output that is not a capture is returned unchanged, and so is
// what follows where a single file breaks.
func (k run) open() (c spool.Content, packets int64, closeFiles func(), err error) {
	var files []*os.File
	closeFiles = func() {
		for _, f := range files {
			f.Close()
		}
	}
	capture := k.record.Capture && k.hasPackets()
	for _, name := range k.files {
		if capture && !k.beginsLikeCapture(name) {
			continue
		}
		f, err := k.session.dir.OpenFile(name, os.O_RDONLY)
		if err != nil {
			closeFiles()
			return spool.Content{}, 0, nil, fmt.Errorf("open spool: %w", err)
		}
		files = append(files, f)
		var from int64
		if len(files) > 1 && capture {
			from = pcap.FileHeaderLen
		}
		end, n, err := contentEnd(f, capture, len(k.files) == 1)
		if err != nil {
			closeFiles()
			return spool.Content{}, 0, nil, fmt.Errorf("read spool: %w", err)
		}
		c.Add(f, from, max(0, end-from))
		packets += n
	}
	return c, packets, closeFiles, nil
}

// contentEnd returns where the last whole packet of a file ends, and the number of packets. What follows where the stream breaks is content
// only if there is no other file. A power loss may leave a file whose last blocks were never written: they read as zeros, which are no
// packet.
func contentEnd(f *os.File, capture, alone bool) (end, count int64, err error) {
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
	broke := errors.Is(err, pcap.ErrFormat)
	switch {
	case broke && alone:
		return info.Size(), count, nil
	case broke, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return min(end, info.Size()), count, nil
	default:
		return 0, 0, err
	}
}

func isZero(p []byte) bool { return !slices.ContainsFunc(p, func(b byte) bool { return b != 0 }) }
