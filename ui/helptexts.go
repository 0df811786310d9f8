package ui

import "github.com/fennec-project/podtracer/ui/keys"

// The help of each layer.

func homeHelp() help {
	return help{"pods", "Find the pod, mark more if you like, and press enter to run a tool there.", []helpRow{
		does("move by rows", keys.Up, keys.Down),
		does("move by pages; to the first row, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		does("the next pane: pods, namespaces, details; back", keys.Tab, keys.Bind("shift+tab", "", "shift+tab")),
		does("search in all namespaces; F1 there says for what", keys.Filter),
		does("run a tool in the marked pods, or in this one", keys.Enter),
		does("mark; unmark all", keys.Mark, keys.Unmark),
		does("sort by the next column; the other way round", keys.Sort, keys.Reverse),
		does("favourite: comes first, here and next time", keys.Star),
		does("details of the pod, and its network", keys.Info),
		does("leave the details, the search, the marks", keys.Back),
	}}
}

func searchHelp() help {
	return help{"search for pods", "Type words: all of them have to hold. The list answers at once.", []helpRow{
		means("letters of namespace/name, in this order", "cart x2l"),
		means("has the label; has not", "app=cart tier!=db"),
		means("has one of that key; status; namespace", "label:app status: ns:"),
		means("an address of a pod or a service; a network", "10.244.1.17 10.0.0.0/8"),
		means("the node of podtracer; another", "here node:node-8"),
		does("move in the list", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown")),
		does("keep the search and go to the list", keys.Enter, keys.Bind("tab", "", "tab")),
		does("clear it", keys.Back),
	}}
}

func formHelp() help {
	return help{"a tool", "Choose a tool, look at its arguments, and press enter to run it.", []helpRow{
		does("choose a tool, or go from field to field", keys.Up, keys.Down),
		does("the first tool, the last; its arguments", keys.Top, keys.Bottom, keys.Right),
		does("on: tools, arguments, what ends the run, ring; back", keys.Tab, keys.Bind("shift+tab", "", "shift+tab")),
		does("presets by symptom; p among the tools, ctrl+p everywhere", keys.Bind("p ctrl+p", "", "p", "ctrl+p")),
		does("whole terminal: for tools that draw, or ask", keys.Whole),
		does("what was run before: search it; ↑ ↓ in the arguments walk", keys.Bind("ctrl+r", "", "ctrl+r")),
		does("what can follow in the arguments: take it; list all", keys.Bind("→", "", "right"), keys.Bind("ctrl+n", "", "ctrl+n")),
		does("tick a box", keys.Bind("space", "", " ")),
		does("run it, in all marked pods", keys.Enter),
		does("copy podtracer run …; copy the plain command", keys.Bind("ctrl+y", "", "ctrl+y"), keys.Bind("ctrl+g", "", "ctrl+g")),
		does("back to the pods; what was typed is kept", keys.Back),
	}}
}

func historyHelp() help {
	return help{"what was started", "Find a command that was run before; enter puts it into the form.", []helpRow{
		means("words of it", "port 53"),
		does("move", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown"), keys.Bind("ctrl+r", "", "ctrl+r")),
		does("take it; nothing is run yet", keys.Enter),
		does("back to the form", keys.Back),
	}}
}

func presetsHelp() help {
	return help{"presets", "Find the symptom; enter puts its tool and arguments into the form.", []helpRow{
		means("words of a name, a symptom, a tool", "dns slow"),
		does("move", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown")),
		does("take it; nothing is run yet", keys.Enter),
		does("back to the form", keys.Back),
	}}
}

func readingHelp() help {
	return help{"a run", "Read what comes; s saves it, x stops it, esc leaves and it goes on.", []helpRow{
		does("pause; follow the newest lines again", keys.Pause, keys.Follow, keys.Bottom),
		does("move by lines, by pages; to the first line", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top),
		does("the rest of long lines; wrap them", keys.Left, keys.Right, keys.Wrapping),
		does("search as you type; next match, match before", keys.Search, keys.NextMatch, keys.PreviousMatch),
		does("only lines with; none with; highlight", keys.Include, keys.Exclude, keys.Highlight),
		does("times: of arrival, from the start, between lines", keys.Stamps),
		does("go to a time: 12:04:20, -5m, +30s", keys.Moment),
		does("set a bookmark or take it away; the next one", keys.Bookmark, keys.NextMark),
		does("choose lines: move, then enter copies them", keys.Selecting),
		does("of a capture: its packets, who talks to whom", keys.Tab),
		does("addresses: plain, by name, both", keys.Addresses),
		does("save, packets as pcapng or pcap; stop; freeze the ring", keys.Save, keys.Stop, keys.Freeze),
		does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		does("clear search and filters; then leave: it goes on", keys.Back),
	}}
}

func promptHelp() help {
	return help{"what is typed", "A regular expression, or a time to go to. It holds while you type.", []helpRow{
		means("letters; a capital makes case count", "timeout"),
		means("a regular expression: one of two, digits", `syn|rst 10\.0\.\d+`),
		means("a time of today; before, after this line", "12:04:20 -5m +30s"),
		does("keep it; go to the time", keys.Enter),
		does("clear it, and back to where you were", keys.Back),
	}}
}

func packetFilterHelp() help {
	return help{"what is typed", "Words that all must appear in a packet's row. It holds while you type.", []helpRow{
		means("an address or a name, and a protocol", "10.0.0.1 dns"),
		means("a name and a port", "cart :443"),
		does("keep it", keys.Enter),
		does("clear it, and back to the packet you were at", keys.Back),
	}}
}

func selectionHelp() help {
	return help{"lines to copy", "Move to choose more lines; enter copies them to your clipboard.", []helpRow{
		does("more lines, or fewer", keys.Up, keys.Down),
		does("by pages; to the first line", keys.PageUp, keys.PageDown, keys.Top),
		does("to the newest line", keys.Bottom, keys.Follow, keys.Pause),
		does("see the rest of long lines", keys.Left, keys.Right),
		does("copy", keys.Enter),
		does("leave without", keys.Back, keys.Selecting),
	}}
}

func splitHelp() help {
	return help{"runs side by side, or a set as one", "Read two runs beside each other; keys go to the side with ▸.", []helpRow{
		does("the other side", keys.Tab),
		does("this run alone, with all that can be done there", keys.Enter),
		means("read this side as a run alone; ? there tells all", "f space g / & ! t w"),
		does("addresses: plain, by name, both", keys.Addresses),
		does("stop this run, or all runs of the set", keys.Stop),
		does("save, copy; of a set, each run alone", keys.Save, keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		does("back to the list of runs", keys.Back),
	}}
}

func wholeHelp() help {
	return help{"a tool with the whole terminal", "Enter goes to the tool: what is typed there is the tool's.", []helpRow{
		does("go to it, while it runs", keys.Enter),
		does("there: come back here; the tool goes on", keys.Bind("ctrl+]", "", "ctrl+]")),
		does("save what it wrote, as it was", keys.Save),
		does("stop it", keys.Stop),
		does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		does("leave: the tool goes on", keys.Back),
	}}
}

func runsHelp() help {
	return help{"runs", "What was started, newest first. Those of a set stand together.", []helpRow{
		does("move by rows", keys.Up, keys.Down),
		does("move by pages; to the first row, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		does("look at the run, or at all runs of the set", keys.Enter),
		does("mark up to two; see them side by side (without marks: this one and the one below)", keys.Mark, keys.Split),
		does("stop the run, or all runs of the set", keys.Stop),
		does("freeze its ring: what it holds is kept, the tool ends", keys.Freeze),
		does("save: packets as pcapng or pcap, else text", keys.Save),
		does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		does("back", keys.Back, keys.Runs),
	}}
}

func saveHelp() help {
	return help{"save", "Say where to: a file on the machine that podtracer runs on.", []helpRow{
		means("packets, with names and losses", ".pcapng"),
		means("packets, the stream bit for bit", ".pcap"),
		means("your home directory there", "~/"),
		does("save; a second one replaces a file of that name", keys.Enter),
		does("back, without", keys.Back),
	}}
}

func stopHelp() help {
	return help{"stop several runs?", "All of these tools are stopped; what they wrote stays.", []helpRow{
		does("stop them", keys.Yes), does("let them go on", keys.No),
	}}
}

func quitHelp() help {
	return help{"quit?", "All tools are stopped, and what is in no file is gone.", []helpRow{
		does("quit; if all is saved, enter, q and ctrl+c say yes, too", keys.Yes, keys.Quit, keys.Interrupt),
		does("go on", keys.No),
		does("the list of runs, where s saves", keys.Runs),
	}}
}

func packetsHelp() help {
	return help{"packets", "Find the packet that matters; enter takes it apart.", []helpRow{
		does("on: packets, talkers, text; back", keys.Tab),
		does("move, which holds the table; the first", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top),
		does("the newest, as they come", keys.Follow, keys.Bottom),
		does("words that all must appear: 10.0.0.1 dns, cart :443", keys.Search, keys.Include),
		does("time: from the start, between rows, of arrival", keys.Stamps),
		does("addresses: plain, by name, both", keys.Addresses),
		does("take the packet apart", keys.Enter),
		does("save; stop the tool; freeze the ring and keep it", keys.Save, keys.Stop, keys.Freeze),
		does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		does("clear the filter; then leave: the tool goes on", keys.Back),
	}}
}

func packetHelp() help {
	return help{"a packet", "Its layers and their fields above, its bytes below.", []helpRow{
		does("fields; the bytes of one are marked: [45]", keys.Up, keys.Down),
		does("by pages; to the first field, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		does("the packet before; the next, as the filter has them", keys.Left, keys.Right),
		does("addresses: plain, by name, both", keys.Addresses),
		does("on: talkers; back: text", keys.Tab),
		does("back to the packets", keys.Back),
	}}
}

func talkersHelp() help {
	return help{"talkers", "Who talks to whom, and how it goes; enter shows the packets of one.", []helpRow{
		does("move", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		does("order by the next column; the other way round", keys.Sort, keys.Reverse),
		does("the packets of this conversation; esc shows all again", keys.Enter),
		does("addresses: plain, by name, both", keys.Addresses),
		does("on: text, packets, talkers; back", keys.Tab),
		does("save; stop the tool; freeze the ring and keep it", keys.Save, keys.Stop, keys.Freeze),
		does("leave: the tool goes on", keys.Back),
	}}
}
