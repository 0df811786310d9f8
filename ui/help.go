package ui

import "github.com/charmbracelet/bubbles/key"

// helpLines is the help of all screens: what to do there, and its keys.
func helpLines(s styles, width int) []string {
	section := func(title string, rows ...[2]string) []string {
		out := []string{s.strong.Render(fit(" "+title, width))}
		for _, r := range rows {
			out = append(out, "   "+s.accent.Render(fit(r[0], 15))+fit(r[1], width-18))
		}
		return out
	}
	k := func(b key.Binding, does string) [2]string { return [2]string{b.Help().Key, does} }
	var out []string
	out = append(out, section("pods: choose where to run a tool",
		[2]string{"↑ ↓ j k", "move; pgup pgdn, g G for pages and ends; tab: the other pane"},
		k(keys.filter, "search: name, app=cart, node: ip: status: ns: label:, here"),
		[2]string{"space u", "mark several pods; unmark all"}, k(keys.enter, "run a tool in the marked pods, or in this one"),
		[2]string{"o O", "sort by the next column; the other way round"}, [2]string{"* i", "favourite, comes first; details and network"})...)
	out = append(out, section("tool: choose what to run",
		[2]string{"↑ ↓", "choose a tool"}, [2]string{"tab shift+tab", "tools → arguments → what ends it, ring, headers"}, k(keys.enter, "run it"),
		[2]string{"p   ctrl+p", "presets by symptom; ctrl+y, ctrl+g copy both command lines"})...)
	out = append(out, section("a run: watch it, and save what came",
		k(keys.follow, "follow the newest lines, or stop moving"), [2]string{"← →", "the rest of long lines"},
		k(keys.names, "known addresses: as they are, by name, or both"), k(keys.freeze, "freeze the ring: what it holds is kept, the tool ends"),
		k(keys.stop, "stop the tool; esc leaves, and it goes on"), k(keys.save, "save: packets as pcapng or pcap, other output as text"), [2]string{"y   Y   ctrl+y", "copy: podtracer run …, the plain command, the saved path"})...)
	return append(out, section("everywhere", [2]string{"r   ?   M", "all runs; this help; the mouse's wheel on or off"},
		[2]string{"q ctrl+c", "quit: all tools are stopped, what is not saved is gone"})...)
}
