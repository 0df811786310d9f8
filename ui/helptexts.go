package ui

// The help of each layer.

func homeHelp() help {
	return help{"pods", "Find the pod, mark more if you like, and press enter to run a tool there.", []helpRow{
		does("move by rows", keys.up, keys.down),
		does("move by pages; to the first row, the last", keys.pageUp, keys.pageDown, keys.top, keys.bottom),
		does("the next pane: pods, namespaces, details; back", keys.tab, bind("shift+tab", "", "shift+tab")),
		does("search in all namespaces; F1 there says for what", keys.filter),
		does("run a tool in the marked pods, or in this one", keys.enter),
		does("mark; unmark all", keys.mark, keys.unmark),
		does("sort by the next column; the other way round", keys.sort, keys.reverse),
		does("favourite: comes first, here and next time", keys.star),
		does("details of the pod, and its network", keys.info),
		does("leave the details, the search, the marks", keys.back),
	}}
}

func searchHelp() help {
	return help{"search for pods", "Type words: all of them have to hold. The list answers at once.", []helpRow{
		means("letters of namespace/name, in this order", "cart x2l"),
		means("has the label; has not", "app=cart tier!=db"),
		means("has one of that key; status; namespace", "label:app status: ns:"),
		means("an address of a pod or a service; a network", "10.244.1.17 10.0.0.0/8"),
		means("the node of podtracer; another", "here node:node-8"),
		does("move in the list", bind("↑", "", "up"), bind("↓", "", "down"), bind("pgup", "", "pgup"), bind("pgdn", "", "pgdown")),
		does("keep the search and go to the list", keys.enter, bind("tab", "", "tab")),
		does("clear it", keys.back),
	}}
}

func formHelp() help {
	return help{"a tool", "Choose a tool, look at its arguments, and press enter to run it.", []helpRow{
		does("choose a tool, or go from field to field", keys.up, keys.down),
		does("the first tool, the last; its arguments", keys.top, keys.bottom, keys.right),
		does("on: tools, arguments, what ends the run, ring; back", keys.tab, bind("shift+tab", "", "shift+tab")),
		does("presets by symptom; p among the tools, ctrl+p everywhere", bind("p ctrl+p", "", "p", "ctrl+p")),
		does("whole terminal: for tools that draw, or ask", keys.whole),
		does("what was run before: search it; ↑ ↓ in the arguments walk", bind("ctrl+r", "", "ctrl+r")),
		does("what can follow in the arguments: take it; list all", bind("→", "", "right"), bind("ctrl+n", "", "ctrl+n")),
		does("tick a box", bind("space", "", " ")),
		does("run it, in all marked pods", keys.enter),
		does("copy podtracer run …; copy the plain command", bind("ctrl+y", "", "ctrl+y"), bind("ctrl+g", "", "ctrl+g")),
		does("back to the pods; what was typed is kept", keys.back),
	}}
}

func historyHelp() help {
	return help{"what was started", "Find a command that was run before; enter puts it into the form.", []helpRow{
		means("words of it", "port 53"),
		does("move", bind("↑", "", "up"), bind("↓", "", "down"), bind("pgup", "", "pgup"), bind("pgdn", "", "pgdown"), bind("ctrl+r", "", "ctrl+r")),
		does("take it; nothing is run yet", keys.enter),
		does("back to the form", keys.back),
	}}
}

func presetsHelp() help {
	return help{"presets", "Find the symptom; enter puts its tool and arguments into the form.", []helpRow{
		means("words of a name, a symptom, a tool", "dns slow"),
		does("move", bind("↑", "", "up"), bind("↓", "", "down"), bind("pgup", "", "pgup"), bind("pgdn", "", "pgdown")),
		does("take it; nothing is run yet", keys.enter),
		does("back to the form", keys.back),
	}}
}

func readingHelp() help {
	return help{"a run", "Read what comes; s saves it, x stops it, esc leaves and it goes on.", []helpRow{
		does("pause; follow the newest lines again", keys.pause, keys.follow, keys.bottom),
		does("move by lines, by pages; to the first line", keys.up, keys.down, keys.pageUp, keys.pageDown, keys.top),
		does("the rest of long lines; wrap them", keys.left, keys.right, keys.wrapping),
		does("search as you type; next match, match before", keys.search, keys.nextMatch, keys.previousMatch),
		does("only lines with; none with; highlight", keys.include, keys.exclude, keys.highlight),
		does("times: of arrival, from the start, between lines", keys.stamps),
		does("go to a time: 12:04:20, -5m, +30s", keys.moment),
		does("set a bookmark or take it away; the next one", keys.bookmark, keys.nextMark),
		does("choose lines: move, then enter copies them", keys.selecting),
		does("of a capture: its packets, who talks to whom", keys.tab),
		does("addresses: plain, by name, both", keys.addresses),
		does("save, packets as pcapng or pcap; stop; freeze the ring", keys.save, keys.stop, keys.freeze),
		does("copy: podtracer run …, plain, saved path", keys.copyRun, keys.copyPlain, keys.copyPath),
		does("clear search and filters; then leave: it goes on", keys.back),
	}}
}

func promptHelp() help {
	return help{"what is typed", "A regular expression, or a time to go to. It holds while you type.", []helpRow{
		means("letters; a capital makes case count", "timeout"),
		means("a regular expression: one of two, digits", `syn|rst 10\.0\.\d+`),
		means("a time of today; before, after this line", "12:04:20 -5m +30s"),
		does("keep it; go to the time", keys.enter),
		does("clear it, and back to where you were", keys.back),
	}}
}

func packetFilterHelp() help {
	return help{"what is typed", "Words that all must appear in a packet's row. It holds while you type.", []helpRow{
		means("an address or a name, and a protocol", "10.0.0.1 dns"),
		means("a name and a port", "cart :443"),
		does("keep it", keys.enter),
		does("clear it, and back to the packet you were at", keys.back),
	}}
}

func selectionHelp() help {
	return help{"lines to copy", "Move to choose more lines; enter copies them to your clipboard.", []helpRow{
		does("more lines, or fewer", keys.up, keys.down),
		does("by pages; to the first line", keys.pageUp, keys.pageDown, keys.top),
		does("to the newest line", keys.bottom, keys.follow, keys.pause),
		does("see the rest of long lines", keys.left, keys.right),
		does("copy", keys.enter),
		does("leave without", keys.back, keys.selecting),
	}}
}

func splitHelp() help {
	return help{"runs side by side, or a set as one", "Read two runs beside each other; keys go to the side with ▸.", []helpRow{
		does("the other side", keys.tab),
		does("this run alone, with all that can be done there", keys.enter),
		means("read this side as a run alone; ? there tells all", "f space g / & ! t w"),
		does("addresses: plain, by name, both", keys.addresses),
		does("stop this run, or all runs of the set", keys.stop),
		does("save, copy; of a set, each run alone", keys.save, keys.copyRun, keys.copyPlain, keys.copyPath),
		does("back to the list of runs", keys.back),
	}}
}

func wholeHelp() help {
	return help{"a tool with the whole terminal", "Enter goes to the tool: what is typed there is the tool's.", []helpRow{
		does("go to it, while it runs", keys.enter),
		does("there: come back here; the tool goes on", bind("ctrl+]", "", "ctrl+]")),
		does("save what it wrote, as it was", keys.save),
		does("stop it", keys.stop),
		does("copy: podtracer run …, plain, saved path", keys.copyRun, keys.copyPlain, keys.copyPath),
		does("leave: the tool goes on", keys.back),
	}}
}

func runsHelp() help {
	return help{"runs", "What was started, newest first. Those of a set stand together.", []helpRow{
		does("move by rows", keys.up, keys.down),
		does("move by pages; to the first row, the last", keys.pageUp, keys.pageDown, keys.top, keys.bottom),
		does("look at the run, or at all runs of the set", keys.enter),
		does("mark up to two; see them side by side (without marks: this one and the one below)", keys.mark, keys.split),
		does("stop the run, or all runs of the set", keys.stop),
		does("freeze its ring: what it holds is kept, the tool ends", keys.freeze),
		does("save: packets as pcapng or pcap, else text", keys.save),
		does("copy: podtracer run …, plain, saved path", keys.copyRun, keys.copyPlain, keys.copyPath),
		does("back", keys.back, keys.runs),
	}}
}

func saveHelp() help {
	return help{"save", "Say where to: a file on the machine that podtracer runs on.", []helpRow{
		means("packets, with names and losses", ".pcapng"),
		means("packets, the stream bit for bit", ".pcap"),
		means("your home directory there", "~/"),
		does("save; a second one replaces a file of that name", keys.enter),
		does("back, without", keys.back),
	}}
}

func stopHelp() help {
	return help{"stop several runs?", "All of these tools are stopped; what they wrote stays.", []helpRow{
		does("stop them", keys.yes), does("let them go on", keys.no),
	}}
}

func quitHelp() help {
	return help{"quit?", "All tools are stopped, and what is in no file is gone.", []helpRow{
		does("quit; if all is saved, enter, q and ctrl+c say yes, too", keys.yes, keys.quit, keys.interrupt),
		does("go on", keys.no),
		does("the list of runs, where s saves", keys.runs),
	}}
}

func packetsHelp() help {
	return help{"packets", "Find the packet that matters; enter takes it apart.", []helpRow{
		does("on: packets, talkers, text; back", keys.tab),
		does("move, which holds the table; the first", keys.up, keys.down, keys.pageUp, keys.pageDown, keys.top),
		does("the newest, as they come", keys.follow, keys.bottom),
		does("words that all must appear: 10.0.0.1 dns, cart :443", keys.search, keys.include),
		does("time: from the start, between rows, of arrival", keys.stamps),
		does("addresses: plain, by name, both", keys.addresses),
		does("take the packet apart", keys.enter),
		does("save; stop the tool; freeze the ring and keep it", keys.save, keys.stop, keys.freeze),
		does("copy: podtracer run …, plain, saved path", keys.copyRun, keys.copyPlain, keys.copyPath),
		does("clear the filter; then leave: the tool goes on", keys.back),
	}}
}

func packetHelp() help {
	return help{"a packet", "Its layers and their fields above, its bytes below.", []helpRow{
		does("fields; the bytes of one are marked: [45]", keys.up, keys.down),
		does("by pages; to the first field, the last", keys.pageUp, keys.pageDown, keys.top, keys.bottom),
		does("the packet before; the next, as the filter has them", keys.left, keys.right),
		does("addresses: plain, by name, both", keys.addresses),
		does("on: talkers; back: text", keys.tab),
		does("back to the packets", keys.back),
	}}
}

func talkersHelp() help {
	return help{"talkers", "Who talks to whom, and how it goes; enter shows the packets of one.", []helpRow{
		does("move", keys.up, keys.down, keys.pageUp, keys.pageDown, keys.top, keys.bottom),
		does("order by the next column; the other way round", keys.sort, keys.reverse),
		does("the packets of this conversation; esc shows all again", keys.enter),
		does("addresses: plain, by name, both", keys.addresses),
		does("on: text, packets, talkers; back", keys.tab),
		does("save; stop the tool; freeze the ring and keep it", keys.save, keys.stop, keys.freeze),
		does("leave: the tool goes on", keys.back),
	}}
}
