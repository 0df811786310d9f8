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
// Each of these is a room of its own, which knows no run; what a command line means is in command, and what lies in the data
// directory in store. Here is what brings them together: what is started, watched, stopped and judged.
//
// What is lossy: the lines kept for the screen (the newest GiB of a run or a set, or 16 MiB without a disk to write to; what
// was let go is said, and counted by text.State.First), the text of packets that come faster than it can be read (counted), and a
// ring (what left it is counted). Nothing else is.
//
// Runs owns every process and goroutine that it starts; when Close has returned none is left, and no file but the saved
// ones. What a podtracer leaves that is killed, or ended by Leave, is found and saved through a store. A tool is stopped in
// one place, by its launcher: interrupted, after a while asked to terminate, then killed.
//
// The door: NewRuns and Runs, which starts a Request and tells a State of it.
package tools
