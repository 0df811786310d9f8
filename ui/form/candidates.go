package form

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools/command"
)

// candidate is a completion for a word in the arguments.
type candidate struct{ text, about string }

const mostCandidates = 100

// candidates are the completions of the word before the cursor, the likeliest first. Words that would need quotes are not
// offered.
func (f *Form) candidates(word string, before []string) []candidate {
	return slices.DeleteFunc(f.likely(word, before), func(c candidate) bool { return !typable(c.text) })
}

// typable says whether a word needs no quotes in the arguments, and looks there like what it is.
func typable(word string) bool { return printable.Is(word) && command.Join([]string{word}) == word }

// likely offers interfaces, addresses or flags, depending on the words before this one and on the blank that is being filled in.
func (f *Form) likely(word string, before []string) []candidate {
	tool := f.tool().Name
	if tool == anyCommand && len(before) > 0 {
		tool, before = filepath.Base(before[0]), before[1:]
	}
	last := ""
	if len(before) > 0 {
		last = strings.TrimLeft(before[len(before)-1], "('\"")
	}
	blank, _ := f.blankAt()
	switch {
	case last == "-i" && slices.Contains([]string{"tcpdump", "tshark", "iftop"}, tool), last == "dev", tool == "ethtool" && !strings.HasPrefix(word, "-") && word != "":
		return startingWith(word, f.interfaces())
	case strings.HasPrefix(word, "-"), tool == "dig" && strings.HasPrefix(word, "+"):
		return startingWith(word, flagsOf(tool))
	case slices.Contains([]string{"host", "net", "dst", "src", "gateway"}, last):
		return f.addresses(word, false)
	case blank.what == "PORT":
		return nil
	case blank.what == "ADDRESS":
		return f.addresses(word, false)
	case blank.what != "", tool == "iperf3" && last == "-c":
		return f.addresses(word, true)
	case slices.Contains([]string{"ping", "dig", "curl", "traceroute", "mtr"}, tool) && !takesValue(last):
		if found := f.addresses(word, true); len(found) > 0 {
			return found
		}
	}
	if word == "" {
		return flagsOf(tool)
	}
	return nil
}

// takesValue says whether a flag may be followed by a value of its own.
func takesValue(flag string) bool {
	return len(flag) == 2 && flag[0] == '-' && strings.Contains("cisWwIpPmqtxoHMbu", flag[1:])
}

func startingWith(word string, all []candidate) []candidate {
	return slices.DeleteFunc(all, func(c candidate) bool { return !strings.HasPrefix(c.text, word) })
}

// interfaces are those of the pod; until they are known, the ones that most pods have.
func (f *Form) interfaces() []candidate {
	var out []candidate
	odd := 0
	for _, i := range f.network.Interfaces {
		if !typable(i.Name) || strings.HasPrefix(i.Name, "-") {
			odd++
			continue
		}
		about := []string{}
		for _, a := range i.Addrs {
			about = append(about, a.String())
		}
		if !i.Up {
			about = append(about, "down")
		}
		out = append(out, candidate{i.Name, strings.Join(append(about, fmt.Sprintf("mtu %d", i.MTU)), "  ")})
	}
	if len(f.network.Interfaces) == 0 {
		out = []candidate{{"eth0", "the pod's, most often"}, {"lo", "loopback"}}
	}
	all := "all interfaces"
	if odd > 0 {
		all += ", including " + figures.Count(odd) + " that are not offered: their names cannot be typed"
	}
	return append(out, candidate{"any", all})
}

// addresses are those of services and pods, the ones in the pod's own namespace first. They are found by address or by name.
// With names, a service is offered by its name, for tools that look names up.
func (f *Form) addresses(word string, names bool) []candidate {
	scheme := ""
	if i := strings.Index(word, "://"); i >= 0 {
		scheme, word = word[:i+3], word[i+3:]
	}
	var out []candidate
	add := func(text, about string) {
		if len(out) < mostCandidates && (strings.HasPrefix(text, word) || len(word) > 1 && strings.Contains(about, word)) {
			out = append(out, candidate{scheme + text, about})
		}
	}
	for _, own := range []bool{true, false} {
		for _, s := range f.cluster.Services {
			if (s.Namespace == f.pod.Namespace) != own {
				continue
			}
			if names {
				add(s.Name+"."+s.Namespace, "service "+s.String())
			}
			for _, a := range s.Addrs {
				add(a.String(), "service "+s.String())
			}
		}
		for i := range f.cluster.Pods {
			if p := &f.cluster.Pods[i]; (p.Namespace == f.pod.Namespace) == own && !p.Finished() {
				for _, ip := range p.IPs {
					add(ip, "pod "+p.String())
				}
			}
		}
	}
	return out
}

// around is what the form knows about the surroundings of its pod.
type around struct {
	cluster   k8s.Snapshot
	network   netinfo.Network
	networkOf string // the pod whose network this is, or was asked for
}
