package tools

import "github.com/fennec-project/podtracer/tools/report"

// record is what others may know of a run when it has ended. filter is the one of a capture.
func (s State) record(filter string) report.Record {
	return report.Record{
		Pod: s.Pod, Argv: s.Argv, Created: s.Created, Began: s.Began, Ended: s.Ended, Over: s.Phase == Ended, Capture: s.Capture,
		Filter: filter, Device: s.Device, Ring: s.Ring.Size, Bytes: s.Bytes, Packets: s.Packets, Counters: s.Counters, Losses: s.Losses,
	}
}

// Verdict says what a capture is worth, as far as is known by now.
func (s State) Verdict() report.Verdict { return s.record("").Verdict() }

func (s State) lost() bool { return s.record("").Lost() }
