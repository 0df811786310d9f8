package help

import "github.com/fennec-project/podtracer/ui/keys"

// Home is the help of the lists of pods.
func Home() Page {
	return Page{"pods", "Find the pod, mark more if you like, and press enter to run a tool there.", []Row{
		Does("move by rows", keys.Up, keys.Down),
		Does("move by pages; to the first row, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		Does("next pane: pods, namespaces, details; previous pane", keys.Tab, keys.Bind("shift+tab", "", "shift+tab")),
		Does("search in all namespaces; F1 there explains how", keys.Filter),
		Does("run a tool in the marked pods, or in this one", keys.Enter),
		Does("mark; unmark all", keys.Mark, keys.Unmark),
		Does("sort by the next column; reverse the order", keys.Sort, keys.Reverse),
		Does("favourite: is listed first, now and next time", keys.Star),
		Does("details of the pod, and its network", keys.Info),
		Does("leave the details, the search, the marks", keys.Back),
		Does("go to another context of the kubeconfig", keys.Context),
	}}
}

// Search is the help of the search box.
func Search() Page {
	return Page{"search for pods", "Type words: a pod has to match all of them. The list follows as you type.", []Row{
		means("letters of namespace/name, in this order", "cart x2l"),
		means("has this label; does not have it", "app=cart tier!=db"),
		means("has a label of this key; status; namespace", "label:app status: ns:"),
		means("an address of a pod or a service; a network", "10.244.1.17 10.0.0.0/8"),
		means("podtracer's own node; another node", "here node:node-8"),
		Does("move in the list", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown")),
		Does("keep the search and go to the list", keys.Enter, keys.Bind("tab", "", "tab")),
		Does("clear the search", keys.Back),
	}}
}

// Contexts is the help of the list of contexts.
func Contexts() Page {
	return Page{"contexts", "Choose another cluster or user; what still runs here is stopped, after a question.", []Row{
		means("words of the name", "prod eu"),
		Does("move", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown")),
		Does("go there", keys.Enter),
		Does("stay here", keys.Back),
	}}
}

// Form is the help of the form.
func Form() Page {
	return Page{"a tool", "Choose a tool, look at its arguments, and press enter to run it.", []Row{
		Does("choose a tool, or go from field to field", keys.Up, keys.Down),
		Does("the first tool, the last; its arguments", keys.Top, keys.Bottom, keys.Right),
		Does("next: tools, arguments and their blanks, limits; previous", keys.Tab, keys.Bind("shift+tab", "", "shift+tab")),
		Does("presets by symptom; p among the tools, ctrl+p everywhere", keys.Bind("p ctrl+p", "", "p", "ctrl+p")),
		Does("give the tool the whole terminal, if it draws or asks", keys.Whole),
		Does("search earlier commands; ↑ ↓ in the arguments recall them", keys.Bind("ctrl+r", "", "ctrl+r")),
		Does("take the suggestion in the arguments; list all of them", keys.Bind("→", "", "right"), keys.Bind("ctrl+n", "", "ctrl+n")),
		Does("tick a box", keys.Bind("space", "", " ")),
		Does("run it, in all marked pods", keys.Enter),
		Does("copy podtracer run …; copy the plain command", keys.Bind("ctrl+y", "", "ctrl+y"), keys.Bind("ctrl+g", "", "ctrl+g")),
		Does("back to the pods; what was typed is kept", keys.Back),
	}}
}

// History is the help of the list of commands that were started.
func History() Page {
	return Page{"commands that were started", "Find an earlier command; enter puts it into the form.", []Row{
		means("words of the command", "port 53"),
		Does("move", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown"), keys.Bind("ctrl+r", "", "ctrl+r")),
		Does("take it; nothing runs yet", keys.Enter),
		Does("back to the form", keys.Back),
	}}
}

// Presets is the help of the list of presets.
func Presets() Page {
	return Page{"presets", "Find the symptom; enter puts its tool and arguments into the form.", []Row{
		means("words of a name, a symptom, a tool", "dns slow"),
		Does("move", keys.Bind("↑", "", "up"), keys.Bind("↓", "", "down"), keys.Bind("pgup", "", "pgup"), keys.Bind("pgdn", "", "pgdown")),
		Does("take it; nothing runs yet", keys.Enter),
		Does("back to the form", keys.Back),
	}}
}

// Reading is the help of the text of a run.
func Reading() Page {
	return Page{"a run", "Read the output; s saves it, x stops the tool, esc leaves it running.", []Row{
		Does("pause; follow the newest lines again", keys.Pause, keys.Follow, keys.Bottom),
		Does("move by lines, by pages; to the first line", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top),
		Does("scroll sideways; wrap long lines", keys.Left, keys.Right, keys.Wrapping),
		Does("search as you type; next match, previous match", keys.Search, keys.NextMatch, keys.PreviousMatch),
		Does("only lines with a pattern; only without; highlight", keys.Include, keys.Exclude, keys.Highlight),
		Does("times: of arrival, from the start, between lines", keys.Stamps),
		Does("go to a time: 12:04:20, -5m, +30s", keys.Moment),
		Does("set or remove a bookmark; go to the next one", keys.Bookmark, keys.NextMark),
		Does("choose lines: move, then enter copies them", keys.Selecting),
		Does("a capture's packets, and who talks to whom", keys.Tab),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("save as pcapng or pcap; stop; freeze the ring; detach", keys.Save, keys.Stop, keys.Freeze, keys.Detach),
		Does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("clear search and filters; then leave the run running", keys.Back),
	}}
}

// Prompt is the help of the line into which a pattern or a time is typed.
func Prompt() Page {
	return Page{"what is typed", "A regular expression, or a time to go to. It applies as you type.", []Row{
		means("letters; a capital letter makes case matter", "timeout"),
		means("a regular expression: one of two, digits", `syn|rst 10\.0\.\d+`),
		means("a time of today; before, after this line", "12:04:20 -5m +30s"),
		Does("keep the pattern; go to the time", keys.Enter),
		Does("clear it, and go back to where you were", keys.Back),
	}}
}

// PacketFilter is the help of the filter for packets.
func PacketFilter() Page {
	return Page{"what is typed", "Words that must all appear in a packet's row. They apply as you type.", []Row{
		means("an address or a name, and a protocol", "10.0.0.1 dns"),
		means("words next to each other", `"404 not"`),
		means("either word; without a word; and and ( ) work too", "dns or !tcp"),
		means("a port; also tcp, udp, src and dst", "port 53"),
		means("one of the two ends; net takes a network", "host cart"),
		Does("keep the filter", keys.Enter),
		Does("clear it, and go back to the packet you were at", keys.Back),
	}}
}

// Selection is the help of selecting lines.
func Selection() Page {
	return Page{"lines to copy", "Move to choose more lines; enter copies them to your clipboard.", []Row{
		Does("more lines, or fewer", keys.Up, keys.Down),
		Does("by pages; to the first line", keys.PageUp, keys.PageDown, keys.Top),
		Does("to the newest line", keys.Bottom, keys.Follow, keys.Pause),
		Does("see the rest of long lines", keys.Left, keys.Right),
		Does("copy", keys.Enter),
		Does("leave without copying", keys.Back, keys.Selecting),
	}}
}

// Split is the help of runs that are shown side by side.
func Split() Page {
	return Page{"runs side by side, or a set as one", "Read two runs side by side; keys go to the side with ▸.", []Row{
		Does("the other side; a set's packets, and its talkers", keys.Tab),
		Does("open this run alone, with all of its keys", keys.Enter),
		means("the keys of a run, for this side; ? in a run lists all", "f space g / & ! t w"),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("stop this run, or all runs of the set", keys.Stop),
		Does("save, a set of captures as one pcapng; copy", keys.Save, keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("back to the list of runs", keys.Back),
	}}
}

// Whole is the help of a tool that has the whole terminal.
func Whole() Page {
	return Page{"a tool with the whole terminal", "Enter goes to the tool, which then gets every key you type.", []Row{
		Does("go to the tool while it runs", keys.Enter),
		Does("come back from the tool, which keeps running", keys.Bind("ctrl+]", "", "ctrl+]")),
		Does("save what the tool wrote, unchanged", keys.Save),
		Does("stop the tool", keys.Stop),
		Does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("leave; the tool keeps running", keys.Back),
	}}
}

// Runs is the help of the list of runs.
func Runs() Page {
	return Page{"runs", "All runs, newest first. The runs of a set stand together.", []Row{
		Does("move by rows", keys.Up, keys.Down),
		Does("move by pages; to the first row, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		Does("open the run, or all runs of the set", keys.Enter),
		Does("mark up to two runs; show them side by side (without marks: this run and the one below)", keys.Mark, keys.Split),
		Does("stop the run, or all runs of the set", keys.Stop),
		Does("freeze the ring: keep what it holds, stop the tool", keys.Freeze),
		Does("detach: it goes on without the console; ◇ are detached runs, which enter picks up", keys.Detach),
		Does("save: packets, those of a set as one pcapng; text", keys.Save),
		Does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("back", keys.Back, keys.Runs),
	}}
}

// Save is the help of the dialog that asks where to save.
func Save() Page {
	return Page{"save", "Say where to save: a file on the machine where podtracer runs.", []Row{
		means("packets, with names and losses; of one pod or a set", ".pcapng"),
		means("packets of one pod, the stream bit for bit", ".pcap"),
		means("your home directory there", "~/"),
		Does("save; a second time replaces a file of that name", keys.Enter),
		Does("of a set: correct the times by how far the clocks are apart", keys.Tab),
		Does("back, without saving", keys.Back),
	}}
}

// Stop is the help of the dialog that asks before several runs are stopped.
func Stop() Page {
	return Page{"stop several runs?", "This stops all of these tools; their output is kept.", []Row{
		Does("stop them", keys.Yes), Does("let them keep running", keys.No),
	}}
}

// Detach is the help of the dialog that asks until when a run may go on.
func Detach() Page {
	return Page{"detach a run", "The run goes on when this console is left, with its limits, until the time is up.", []Row{
		means("how long it may go on: minutes, hours", "30m 2h 1h30m"),
		Does("detach it", keys.Enter),
		Does("back; it stays a run of this console", keys.Back),
	}}
}

// Quit is the help of the dialog that asks before podtracer quits.
func Quit() Page {
	return Page{"quit?", "This stops all tools. Captures and output that are not saved in a file are lost.", []Row{
		Does("save all captures in the usual places; then quit", keys.SaveAll),
		Does("quit; once all is saved, enter, q and ctrl+c do too", keys.Yes, keys.Quit, keys.Interrupt),
		Does("do not quit", keys.No),
		Does("open the list of runs, where s saves", keys.Runs),
	}}
}

// Packets is the help of the table of packets.
func Packets() Page {
	return Page{"packets", "Find the packet that matters; enter dissects it.", []Row{
		Does("next: packets, talkers, text; previous", keys.Tab),
		Does("move, which pauses the table; the first packet", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top),
		Does("follow the newest packets", keys.Follow, keys.Bottom),
		Does("words that must all appear: 10.0.0.1 dns, cart :443", keys.Search, keys.Include),
		Does("time: from the start, between rows, of arrival", keys.Stamps),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("dissect the packet", keys.Enter),
		Does("save; stop the tool; freeze the ring and keep it", keys.Save, keys.Stop, keys.Freeze),
		Does("copy: podtracer run …, plain, saved path", keys.CopyRun, keys.CopyPlain, keys.CopyPath),
		Does("clear the filter; then leave the tool running", keys.Back),
	}}
}

// Packet is the help of a single packet.
func Packet() Page {
	return Page{"a packet", "Its layers and their fields above, its bytes below.", []Row{
		Does("choose a field; its bytes are marked: [45]", keys.Up, keys.Down),
		Does("by pages; to the first field, the last", keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		Does("previous packet; next packet that passes the filter", keys.Left, keys.Right),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("next: talkers; previous: text", keys.Tab),
		Does("back to the packets", keys.Back),
	}}
}

// Talkers is the help of the list of conversations.
func Talkers() Page {
	return Page{"talkers", "Who talks to whom, and how well; enter shows the packets of one conversation.", []Row{
		Does("move", keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom),
		Does("sort by the next column; reverse the order", keys.Sort, keys.Reverse),
		Does("packets of this conversation; esc shows all again", keys.Enter),
		Does("addresses: plain, by name, both", keys.Addresses),
		Does("next: text, packets, talkers; previous", keys.Tab),
		Does("save; stop the tool; freeze the ring and keep it", keys.Save, keys.Stop, keys.Freeze),
		Does("leave; the tool keeps running", keys.Back),
	}}
}
