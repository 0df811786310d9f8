package help

import "github.com/fennec-project/podtracer/ui/keys"

// Home is the help of the lists of pods.
func Home() Page {
	return Page{"pods", "Find the pod, mark more if you like, and press enter to run a tool there.", []Row{
		Does("move by rows", keys.Up, keys.Down),
		Does("move by pages; to the first row, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		Does("the next pane: pods, namespaces, details; back", keys.Tab, keys.Bind("shift+tab", "", "shift+tab")),
		Does("search in all namespaces; F1 there says for what", keys.Filter),
		Does("run a tool in the marked pods, or in this one", keys.Enter),
		Does("mark; unmark all", keys.Mark, keys.Unmark),
		Does("sort by the next column; the other way round", keys.Sort, keys.Reverse),
		Does("favourite: comes first, here and next time", keys.Star),
		Does("details of the pod, and its network", keys.Info),
		Does("leave the details, the search, the marks", keys.Back),
	}}
}

// Search is the help of the search box.
func Search() Page {
	return Page{"search for pods", "Type words: all of them have to hold. The list answers at once.", []Row{
		means("letters of namespace/name, in this order", "cart x2l"),
		means("has the label; has not", "app=cart tier!=db"),
		means("has one of that key; status; namespace", "label:app status: ns:"),
		means("an address of a pod or a service; a network", "10.244.1.17 10.0.0.0/8"),
		means("the node of podtracer; another", "here node:node-8"),
		Does("move in the list", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown")),
		Does("keep the search and go to the list", keys.Enter, keys.Bind("tab", "", "tab")),
		Does("clear it", keys.Back),
	}}
}

// Form is the help of the form.
func Form() Page {
	return Page{"a tool", "Choose a tool, look at its arguments, and press enter to run it.", []Row{
		Does("choose a tool, or go from field to field", keys.Up, keys.Down),
		Does("the first tool, the last; its arguments", keys.Top, keys.Bottom, keys.Right),
		Does("on: tools, arguments and their blanks, what ends the run; back", keys.Tab, keys.Bind("shift+tab", "", "shift+tab")),
		Does("presets by symptom; p among the tools, ctrl+p everywhere", keys.Bind("p ctrl+p", "", "p", "ctrl+p")),
		Does("whole terminal: for tools that draw, or ask", keys.Whole),
		Does("what was run before: search it; ↑ ↓ in the arguments walk", keys.Bind("ctrl+r", "", "ctrl+r")),
		Does("what can follow in the arguments: take it; list all", keys.Bind("→", "", "right"), keys.Bind("ctrl+n", "", "ctrl+n")),
		Does("tick a box", keys.Bind("space", "", " ")),
		Does("run it, in all marked pods", keys.Enter),
		Does("copy podtracer run …; copy the plain command", keys.Bind("ctrl+y", "", "ctrl+y"), keys.Bind("ctrl+g", "", "ctrl+g")),
		Does("back to the pods; what was typed is kept", keys.Back),
	}}
}

// History is the help of the list of commands that were run.
func History() Page {
	return Page{"what was started", "Find a command that was run before; enter puts it into the form.", []Row{
		means("words of it", "port 53"),
		Does("move", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown"), keys.Bind("ctrl+r", "", "ctrl+r")),
		Does("take it; nothing is run yet", keys.Enter),
		Does("back to the form", keys.Back),
	}}
}

// Presets is the help of the list of presets.
func Presets() Page {
	return Page{"presets", "Find the symptom; enter puts its tool and arguments into the form.", []Row{
		means("words of a name, a symptom, a tool", "dns slow"),
		Does("move", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown")),
		Does("take it; nothing is run yet", keys.Enter),
		Does("back to the form", keys.Back),
	}}
}

// Reading is the help of the text of a run.
func Reading() Page {
	return Page{"a run", "Read what comes; s saves it, x stops it, esc leaves and it goes on.", []Row{
		Does("pause; follow the newest lines again", keys.Pause, keys.Follow, keys.Bottom),
		Does("move by lines, by pages; to the first line", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top),
		Does("the rest of long lines; wrap them", keys.Left, keys.Right, keys.Wrapping),
		Does("search as you type; next match, match before", keys.Search, keys.NextMatch, keys.PreviousMatch),
		Does("only lines with; none with; highlight", keys.Include, keys.Exclude, keys.Highlight),
		Does("times: of arrival, from the start, between lines", keys.Stamps),
		Does("go to a time: 12:04:20, -5m, +30s", keys.Moment),
		Does("set a bookmark or take it away; the next one", keys.Bookmark, keys.NextMark),
		Does("choose lines: move, then enter copies them", keys.Selecting),
		Does("of a capture: its packets, who talks to whom", keys.Tab),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("save, packets as pcapng or pcap; stop; freeze the ring", keys.Save, keys.Stop, keys.Freeze),
		Does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("clear search and filters; then leave: it goes on", keys.Back),
	}}
}

// Prompt is the help of a pattern that is typed.
func Prompt() Page {
	return Page{"what is typed", "A regular expression, or a time to go to. It holds while you type.", []Row{
		means("letters; a capital makes case count", "timeout"),
		means("a regular expression: one of two, digits", `syn|rst 10\.0\.\d+`),
		means("a time of today; before, after this line", "12:04:20 -5m +30s"),
		Does("keep it; go to the time", keys.Enter),
		Does("clear it, and back to where you were", keys.Back),
	}}
}

// PacketFilter is the help of the filter of packets.
func PacketFilter() Page {
	return Page{"what is typed", "Words that all must appear in a packet's row. It holds while you type.", []Row{
		means("an address or a name, and a protocol", "10.0.0.1 dns"),
		means("words that stand together", `"404 not"`),
		means("either; without; ( ) and and go, too", "dns or !tcp"),
		means("a port; also tcp, udp, src and dst", "port 53"),
		means("an end; a net of ends", "host cart"),
		Does("keep it", keys.Enter),
		Does("clear it, and back to the packet you were at", keys.Back),
	}}
}

// Selection is the help of lines that are selected.
func Selection() Page {
	return Page{"lines to copy", "Move to choose more lines; enter copies them to your clipboard.", []Row{
		Does("more lines, or fewer", keys.Up, keys.Down),
		Does("by pages; to the first line", keys.PageUp, keys.PageDown, keys.Top),
		Does("to the newest line", keys.Bottom, keys.Follow, keys.Pause),
		Does("see the rest of long lines", keys.Left, keys.Right),
		Does("copy", keys.Enter),
		Does("leave without", keys.Back, keys.Selecting),
	}}
}

// Split is the help of several texts side by side.
func Split() Page {
	return Page{"runs side by side, or a set as one", "Read two runs beside each other; keys go to the side with ▸.", []Row{
		Does("the other side", keys.Tab),
		Does("this run alone, with all that can be done there", keys.Enter),
		means("read this side as a run alone; ? there tells all", "f space g / & ! t w"),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("stop this run, or all runs of the set", keys.Stop),
		Does("save, copy; of a set, each run alone", keys.Save, keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("back to the list of runs", keys.Back),
	}}
}

// Whole is the help of a tool that has the whole terminal.
func Whole() Page {
	return Page{"a tool with the whole terminal", "Enter goes to the tool: what is typed there is the tool's.", []Row{
		Does("go to it, while it runs", keys.Enter),
		Does("there: come back here; the tool goes on", keys.Bind("ctrl+]", "", "ctrl+]")),
		Does("save what it wrote, as it was", keys.Save),
		Does("stop it", keys.Stop),
		Does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("leave: the tool goes on", keys.Back),
	}}
}

// Runs is the help of the list of runs.
func Runs() Page {
	return Page{"runs", "What was started, newest first. Those of a set stand together.", []Row{
		Does("move by rows", keys.Up, keys.Down),
		Does("move by pages; to the first row, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		Does("look at the run, or at all runs of the set", keys.Enter),
		Does("mark up to two; see them side by side (without marks: this one and the one below)", keys.Mark, keys.Split),
		Does("stop the run, or all runs of the set", keys.Stop),
		Does("freeze its ring: what it holds is kept, the tool ends", keys.Freeze),
		Does("save: packets as pcapng or pcap, else text", keys.Save),
		Does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("back", keys.Back, keys.Runs),
	}}
}

// Save is the help of the question where to save.
func Save() Page {
	return Page{"save", "Say where to: a file on the machine that podtracer runs on.", []Row{
		means("packets, with names and losses", ".pcapng"),
		means("packets, the stream bit for bit", ".pcap"),
		means("your home directory there", "~/"),
		Does("save; a second one replaces a file of that name", keys.Enter),
		Does("back, without", keys.Back),
	}}
}

// Stop is the help of the question before several runs are stopped.
func Stop() Page {
	return Page{"stop several runs?", "All of these tools are stopped; what they wrote stays.", []Row{
		Does("stop them", keys.Yes), Does("let them go on", keys.No),
	}}
}

// Quit is the help of the question before quitting.
func Quit() Page {
	return Page{"quit?", "All tools are stopped, and what is in no file is gone: of captures, and the text of other tools.", []Row{
		Does("save what captures hold, in the usual places; then quit", keys.SaveAll),
		Does("quit; if all is saved, enter, q and ctrl+c also say yes", keys.Yes, keys.Quit, keys.Interrupt),
		Does("go on", keys.No),
		Does("the list of runs, where s saves", keys.Runs),
	}}
}

// Packets is the help of the table of packets.
func Packets() Page {
	return Page{"packets", "Find the packet that matters; enter takes it apart.", []Row{
		Does("on: packets, talkers, text; back", keys.Tab),
		Does("move, which holds the table; the first", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top),
		Does("the newest, as they come", keys.Follow, keys.Bottom),
		Does("words that all must appear: 10.0.0.1 dns, cart :443", keys.Search, keys.Include),
		Does("time: from the start, between rows, of arrival", keys.Stamps),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("take the packet apart", keys.Enter),
		Does("save; stop the tool; freeze the ring and keep it", keys.Save, keys.Stop, keys.Freeze),
		Does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("clear the filter; then leave: the tool goes on", keys.Back),
	}}
}

// Packet is the help of one packet.
func Packet() Page {
	return Page{"a packet", "Its layers and their fields above, its bytes below.", []Row{
		Does("fields; the bytes of one are marked: [45]", keys.Up, keys.Down),
		Does("by pages; to the first field, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		Does("the packet before; the next, as the filter has them", keys.Left, keys.Right),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("on: talkers; back: text", keys.Tab),
		Does("back to the packets", keys.Back),
	}}
}

// Talkers is the help of who talks to whom.
func Talkers() Page {
	return Page{"talkers", "Who talks to whom, and how it goes; enter shows the packets of one.", []Row{
		Does("move", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		Does("order by the next column; the other way round", keys.Sort, keys.Reverse),
		Does("the packets of this conversation; esc shows all again", keys.Enter),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("on: text, packets, talkers; back", keys.Tab),
		Does("save; stop the tool; freeze the ring and keep it", keys.Save, keys.Stop, keys.Freeze),
		Does("leave: the tool goes on", keys.Back),
	}}
}
