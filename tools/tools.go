// Package tools runs tools in pods and keeps what they write.
//
// A run is one tool in one pod. Its output goes to a file, the spool, and everything else follows that file at its own
// pace: a slow screen, a slow decoder or a slow copy delays only itself and never the tool.
//
//	launch ── stdout ──▶ spool ──▶ text ──▶ Runs.Lines, Runs.Search ──▶ screen
//	  │                    ├──▶ tcpdump -r - ──▶ text, for a capture; jumps ahead when it is too slow
//	  │                    ├──▶ capture ──▶ Runs.Packets, Runs.Conversations, from when somebody looks
//	  │                    ├──▶ packets, limits ──▶ State
//	  │                    ├──▶ Runs.Copy ──▶ podtracer's standard output
//	  │                    └──▶ save ──▶ a checked copy, as it came or as pcapng
//	  └─ stderr ──▶ counters ──▶ State.Losses ──▶ report: the verdict
//
// Each of these is a package of its own that knows no run. command knows what a command line means, tally what tcpdump says of a
// capture, store what is in the data directory. This package brings them together: it starts, watches, stops and judges runs.
//
// What is lossy: the lines kept for the screen (the newest GiB of a run or a set, or 16 MiB without a disk; text.State.First
// tells how many were removed), the text of packets that come faster than it can be made (counted), and a ring (packets that
// left it are counted). Nothing else is lossy.
//
// Runs owns every process and goroutine that it starts. When Close has returned, none is left, and no file but the saved ones.
// What a podtracer leaves behind that was killed, or ended by Leave, can be found and saved through a store. A tool is stopped
// in one place, by its launcher: it is interrupted, later asked to terminate, then killed.
//
// Start reading at NewRuns and Runs, which starts a Request and tells its State.
package tools
