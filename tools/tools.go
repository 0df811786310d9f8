// Package tools runs tools in pods and keeps what they write.
//
// A run is one tool in one pod. Its output goes to a file, the spool, and everything else follows that file at its own
// pace: a slow screen, a slow decoder or a slow copy delays only itself and never the tool.
//
//	tool ── stdout ──▶ spool ──▶ lines of text ──▶ Runs.Lines, Runs.Search ──▶ screen
//	  │                     ├──▶ tcpdump -r - ──▶ lines, for a capture; jumps ahead when it is too slow
//	  │                     ├──▶ scanner ──▶ packets, limits ──▶ State
//	  │                     ├──▶ Runs.Copy ──▶ podtracer's standard output
//	  │                     └──▶ Runs.Save ──▶ a checked copy, as it came or as pcapng
//	  └─ stderr ──▶ counters ──▶ State.Losses ──▶ the verdict
//
// What is lossy: the lines kept for the screen (the newest GiB of a run or a set, or 16 MiB without a disk to write to; what
// was let go is said, and counted by TextState.First), the text of packets that come faster than it can be read (counted), and a
// ring (what left it is counted). Nothing else is.
//
// Runs owns every process and goroutine that it starts; when Close has returned none is left, and no file but the saved
// ones. What a podtracer leaves that is killed, or ended by Leave, is found and saved through a Store. A tool is stopped in
// one place, by its launcher: interrupted, after a while asked to terminate, then killed.
package tools
