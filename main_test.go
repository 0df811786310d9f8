package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/fennec-project/podtracer"

// law says, for each folder, which of our packages and which foreign modules its code may import. Imports go down only;
// each foreign world lives in one folder. A package that is not in the table may not exist.
var law = map[string]struct{ ours, foreign []string }{
	".":                  {ours: []string{"ui/cli", "internal/quietterm", "internal/guard", "internal/enough"}},
	"internal/checkup":   {ours: []string{"internal/printable"}},
	"internal/capable":   {},
	"internal/enough":    {},
	"internal/apart":     {},
	"internal/latest":    {},
	"internal/pause":     {},
	"internal/pipe":      {foreign: []string{"golang.org/x/sys"}},
	"internal/figures":   {ours: []string{"internal/hint"}},
	"internal/hint":      {},
	"internal/printable": {},
	"internal/quietterm": {},
	"internal/owndir":    {ours: []string{"internal/hint"}, foreign: []string{"golang.org/x/sys"}},
	"internal/newfile":   {ours: []string{"internal/hint", "internal/owndir"}, foreign: []string{"golang.org/x/sys"}},
	"internal/guard":     {ours: []string{"internal/capable", "internal/quietterm", "internal/printable"}},
	"internal/stuckfs":   {foreign: []string{"golang.org/x/sys"}},
	"ns": {
		ours:    []string{"internal/hint", "internal/apart", "internal/checkup"},
		foreign: []string{"github.com/vishvananda/netns", "golang.org/x/sys", "k8s.io/cri-api", "google.golang.org/grpc"},
	},
	"ns/netinfo": {ours: []string{"ns"}, foreign: []string{"github.com/vishvananda/netlink", "golang.org/x/sys"}},
	"ns/demo": {
		ours:    []string{"ns", "internal/hint"},
		foreign: []string{"github.com/vishvananda/netlink", "golang.org/x/sys", "golang.org/x/net"},
	},
	"k8s": {
		ours: []string{"internal/hint", "internal/latest", "internal/pause", "internal/checkup", "k8s/addresses", "k8s/grant", "k8s/helper", "k8s/kubeconfig", "k8s/memory", "k8s/rules", "k8s/streams", "k8s/transport"},
		foreign: []string{ // of client-go not the clientset, which knows all of Kubernetes: it would be half of the program
			"k8s.io/client-go/rest", "k8s.io/client-go/tools", "k8s.io/client-go/util", "k8s.io/api", "k8s.io/apimachinery", "k8s.io/klog",
			"github.com/go-logr/logr", "github.com/spf13/pflag",
		},
	},
	"k8s/addresses": {},
	"k8s/grant":     {foreign: []string{"k8s.io/apimachinery"}},
	"k8s/helper":    {ours: []string{"k8s/grant"}, foreign: []string{"k8s.io/api", "k8s.io/apimachinery"}},
	"k8s/kubeconfig": {
		ours:    []string{"internal/hint", "k8s/rules"},
		foreign: []string{"k8s.io/client-go/rest", "k8s.io/client-go/tools", "k8s.io/client-go/util", "github.com/spf13/pflag"},
	},
	"k8s/rules":     {ours: []string{"internal/hint"}, foreign: []string{"k8s.io/api", "k8s.io/apimachinery"}},
	"k8s/memory":    {ours: []string{"internal/latest"}, foreign: []string{"k8s.io/api", "k8s.io/apimachinery"}},
	"k8s/streams":   {foreign: []string{"k8s.io/apimachinery", "k8s.io/client-go/rest", "k8s.io/client-go/tools", "k8s.io/streaming"}},
	"k8s/transport": {ours: []string{"internal/guard", "internal/latest"}, foreign: []string{"k8s.io/client-go/rest", "k8s.io/client-go/tools", "k8s.io/client-go/util"}},
	"tools": {
		ours:    []string{"k8s", "tools/pcap", "tools/packet", "internal/guard", "internal/hint", "internal/latest", "internal/owndir", "internal/printable", "internal/figures", "internal/newfile", "tools/command", "tools/detached", "tools/filter", "tools/launch", "tools/spool", "tools/text", "tools/capture", "internal/pause", "internal/pipe", "tools/report", "tools/save", "tools/store", "tools/tally", "tools/clock"},
		foreign: []string{"golang.org/x/sys"},
	},
	"tools/agent": { // the only place with gRPC of ours
		ours:    []string{"k8s", "ns", "ns/netinfo", "internal/figures", "internal/hint", "internal/latest", "internal/pause", "internal/printable", "tools/agent/wire", "tools/command", "tools/detached", "tools/launch", "tools/report", "tools/spool", "tools/store", "tools/clock", "tools/tally", "internal/pipe"},
		foreign: []string{"google.golang.org/grpc", "google.golang.org/genproto/googleapis/bytestream", "google.golang.org/protobuf/encoding/protowire", "github.com/klauspost/compress/zstd"},
	},
	"tools/filter":     {ours: []string{"k8s", "tools/command", "tools/launch", "tools/tally"}}, // of captures
	"tools/detached":   {ours: []string{"internal/hint", "internal/owndir", "internal/pause", "tools/launch"}},
	"tools/agent/wire": {foreign: []string{"google.golang.org/grpc", "google.golang.org/protobuf"}}, // generated
	"tools/command":    {ours: []string{"internal/hint", "internal/printable"}},
	"tools/launch": { // where a program lies, command knows
		ours:    []string{"ns", "ns/netinfo", "k8s", "tools/command", "internal/guard", "internal/hint", "internal/checkup", "tools/clock", "internal/pipe"},
		foreign: []string{"github.com/creack/pty", "golang.org/x/sys"},
	},
	"tools/roster": {ours: []string{"k8s", "k8s/rules", "ns", "internal/latest", "internal/pause"}}, // which pods there are, without the API
	"tools/spool": {
		ours:    []string{"tools/pcap", "internal/figures", "internal/latest", "internal/owndir", "internal/pause"},
		foreign: []string{"golang.org/x/sys"},
	},
	"tools/text":    {ours: []string{"internal/latest", "internal/owndir"}},
	"tools/capture": {ours: []string{"tools/spool", "tools/pcap", "tools/packet", "internal/latest", "internal/owndir"}}, // what is in spools
	"tools/tally":   {ours: []string{"internal/pause", "tools/report"}},                                                  // what tcpdump says of a capture
	"tools/report":  {ours: []string{"k8s", "internal/figures", "internal/printable", "tools/clock"}},
	"tools/save": { // what a spool held, with what the record says of it
		ours: []string{"k8s", "tools/command", "tools/report", "tools/spool", "tools/pcap", "internal/figures", "internal/hint", "internal/newfile", "tools/clock"},
	},
	"tools/store": { // what a podtracer left is what a spool held and a record says, and is saved as that of a run is
		ours:    []string{"k8s", "tools/report", "tools/save", "tools/spool", "tools/pcap", "internal/hint", "internal/newfile", "internal/owndir", "internal/figures", "internal/checkup"},
		foreign: []string{"golang.org/x/sys"},
	},
	"tools/clock": {ours: []string{"internal/pause"}},
	"tools/pcap":  {ours: []string{"internal/printable"}},
	"tools/packet": {
		ours:    []string{"tools/pcap"},
		foreign: []string{"github.com/gopacket/gopacket"},
	},
	"ui": {
		ours:    []string{"k8s", "ns/netinfo", "tools", "internal/hint", "internal/printable", "internal/figures", "internal/pause", "ui/call", "ui/cells", "ui/contexts", "ui/detail", "ui/handing", "ui/help", "ui/keys", "ui/runs", "ui/saving", "ui/seat", "ui/style", "ui/line", "ui/margin", "ui/pager", "ui/packets", "ui/panes", "internal/newfile", "tools/command", "tools/detached", "tools/filter", "tools/launch", "tools/text", "tools/capture", "ui/pods", "ui/form", "tools/report", "tools/save", "ui/tty"},
		foreign: []string{"github.com/charmbracelet"},
	},
	"ui/cells": {
		ours:    []string{"internal/printable", "internal/figures"},
		foreign: []string{"github.com/charmbracelet/x/ansi", "github.com/mattn/go-runewidth"},
	},
	"ui/call":   {ours: []string{"tools/command"}}, // lines to type and to copy
	"ui/scroll": {},
	"ui/panes":  {},
	"ui/margin": {
		ours:    []string{"k8s", "internal/figures", "internal/hint", "internal/owndir", "ui/cells", "ui/keys", "ui/style"},
		foreign: []string{"github.com/charmbracelet/lipgloss"},
	},
	"ui/help": {ours: []string{"ui/cells", "ui/keys", "ui/style"}, foreign: []string{"github.com/charmbracelet/bubbles/key"}},
	"ui/runs": {
		ours:    []string{"tools", "tools/command", "tools/detached", "tools/report", "internal/figures", "internal/hint", "ui/cells", "ui/scroll", "ui/style", "tools/clock"},
		foreign: []string{"github.com/charmbracelet/lipgloss", "github.com/mattn/go-runewidth"},
	},
	"ui/saving": {
		ours:    []string{"k8s", "tools", "tools/report", "tools/save", "internal/figures", "internal/hint", "internal/newfile", "internal/printable", "ui/cells", "ui/style", "tools/clock"},
		foreign: []string{"github.com/charmbracelet"},
	},
	"ui/handing": {
		ours:    []string{"tools", "internal/hint", "ui/cells", "ui/style"},
		foreign: []string{"github.com/charmbracelet/bubbles", "github.com/charmbracelet/bubbletea"},
	},
	"ui/seat": {
		ours:    []string{"tools", "tools/launch", "internal/pause", "ui/cells", "ui/tty"},
		foreign: []string{"github.com/charmbracelet/bubbletea"},
	},
	"ui/contexts": {
		ours:    []string{"ui/cells", "ui/keys", "ui/scroll", "ui/style"},
		foreign: []string{"github.com/charmbracelet/bubbles", "github.com/charmbracelet/bubbletea"},
	},
	"ui/detail": {
		ours:    []string{"k8s", "ns/netinfo", "internal/figures", "internal/hint", "internal/pause", "ui/cells", "ui/style"},
		foreign: []string{"github.com/charmbracelet/bubbletea", "github.com/charmbracelet/lipgloss"},
	},
	"ui/packets": {
		ours:    []string{"tools", "tools/capture", "tools/packet", "ui/cells", "ui/keys", "ui/line", "ui/scroll", "ui/style", "internal/figures", "internal/pause"},
		foreign: []string{"github.com/charmbracelet/bubbles", "github.com/charmbracelet/bubbletea", "github.com/mattn/go-runewidth"},
	},
	"ui/pager": {
		ours:    []string{"tools", "tools/text", "ui/cells", "ui/keys", "ui/line", "ui/style", "internal/figures", "internal/hint", "internal/pause"},
		foreign: []string{"github.com/charmbracelet/bubbles", "github.com/charmbracelet/bubbletea", "github.com/mattn/go-runewidth"},
	},
	"ui/fakes": { // for tests
		ours:    []string{"k8s", "tools", "tools/capture", "tools/packet", "tools/launch", "tools/text"},
		foreign: []string{"github.com/charmbracelet/bubbletea"},
	},
	"ui/line": {ours: []string{"k8s", "ui/cells", "ui/style", "internal/hint"}},
	"ui/style": {
		ours:    []string{"ui/cells", "internal/hint"},
		foreign: []string{"github.com/charmbracelet/bubbles", "github.com/charmbracelet/lipgloss", "github.com/muesli/termenv"},
	},
	"ui/form": { // of its siblings it may read pods: it says of them why no tool can run there
		ours:    []string{"k8s", "ns/netinfo", "tools", "tools/command", "tools/filter", "tools/launch", "internal/figures", "internal/hint", "internal/owndir", "internal/printable", "ui/call", "ui/cells", "ui/keys", "ui/pods", "ui/scroll", "ui/style"},
		foreign: []string{"github.com/charmbracelet", "github.com/mattn/go-runewidth", "github.com/muesli/termenv"},
	},
	"ui/pods": {
		ours:    []string{"k8s", "tools", "tools/launch", "internal/hint", "internal/owndir", "internal/printable", "internal/figures", "ui/cells", "ui/scroll", "ui/style", "ui/line"},
		foreign: []string{"github.com/charmbracelet", "github.com/mattn/go-runewidth"},
	},
	"ui/tty": {
		ours:    []string{"internal/figures", "internal/hint", "internal/latest", "internal/newfile", "internal/pause"},
		foreign: []string{"github.com/charmbracelet/x", "github.com/muesli/cancelreader", "golang.org/x/sys"},
	},
	"build/pages": {ours: []string{"ui/cli"}, foreign: []string{"github.com/spf13/cobra"}}, // for releases
	"ui/keys":     {foreign: []string{"github.com/charmbracelet/bubbles/key"}},
	"ui/cli/option": {
		ours:    []string{"internal/figures", "internal/hint", "tools", "ui/style", "ui/tty"},
		foreign: []string{"github.com/spf13/pflag"},
	},
	"ui/cli/target": {
		ours:    []string{"internal/hint", "k8s", "tools/command", "tools/roster", "ui/cli/option"},
		foreign: []string{"github.com/spf13/pflag"},
	},
	"ui/cli/verdict":  {ours: []string{"internal/figures", "tools", "tools/report", "tools/save"}},
	"ui/cli/beside":   {},
	"ui/cli/keyboard": {ours: []string{"tools/launch", "ui/tty"}},
	"ui/cli/merged":   {ours: []string{"k8s", "tools", "tools/text", "ui/cells"}}, // the output of several pods as one
	"ui/cli/home": {
		ours: []string{"k8s", "internal/hint", "internal/newfile", "internal/printable", "tools/agent", "tools/command", "tools/save", "tools/spool", "tools/store"},
	},
	"ui/cli/settings":  {ours: []string{"internal/hint", "internal/newfile", "internal/printable", "tools/command"}, foreign: []string{"go.yaml.in/yaml/v3"}},
	"ui/cli/wireshark": {ours: []string{"internal/hint"}},
	"ui/cli/play":      {ours: []string{"k8s", "ns/demo"}},
	"ui/cli": {
		ours:    []string{"ui", "tools", "k8s", "k8s/helper", "k8s/kubeconfig", "ns", "tools/agent", "internal/hint", "internal/pause", "internal/pipe", "internal/printable", "internal/quietterm", "internal/figures", "internal/newfile", "tools/command", "tools/detached", "tools/launch", "tools/roster", "ns/demo", "tools/report", "tools/save", "ui/tty", "tools/store", "internal/checkup", "ui/call", "ui/cli/option", "ui/cli/afar", "ui/cli/beside", "ui/cli/home", "ui/cli/inuse", "ui/cli/keyboard", "ui/cli/verdict", "ui/cli/play", "ui/cli/wireshark", "ui/cli/merged", "ui/cli/target", "ui/cli/settings", "tools/clock", "tools/spool"},
		foreign: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"},
	},

	"ui/cli/inuse": {ours: []string{"internal/figures", "internal/hint", "k8s", "tools/agent", "tools/command", "tools/detached", "ui/call"}}, // who uses a helper

	"ui/cli/afar": {ours: []string{"internal/figures", "internal/hint", "internal/pause", "k8s", "tools", "tools/agent", "tools/detached", "tools/launch", "ui/cli/home"}},

	// for tests
	"internal/eventually":        {},
	"internal/owndir/owndirtest": {ours: []string{"internal/owndir"}},
	"ns/nstest":                  {},
	"tools/pcap/pcaptest":        {},
}

// Tests may also use these, anywhere.
var testOurs = []string{"ns/nstest", "test/terminal", "internal/eventually", "ui/fakes", "internal/stuckfs", "internal/apart", "internal/guard", "ns", "tools/pcap/pcaptest", "internal/owndir/owndirtest", "tools/save", "tools/spool", "tools/store", "ns/demo"}

var testForeign = []string{
	"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "go.uber.org/goleak",
	"github.com/creack/pty", "golang.org/x/sys", "google.golang.org/grpc", "k8s.io",
	"github.com/charmbracelet", "github.com/vishvananda", "github.com/santhosh-tekuri/jsonschema",
}

func TestImportsGoDownAndForeignWorldsStayInTheirFolder(t *testing.T) {
	seen, used := map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			name := entry.Name()
			if path == "test" || name == "testdata" || (strings.HasPrefix(name, ".") && path != ".") {
				return fs.SkipDir // test/ drives the program from outside
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") {
			dir := filepath.ToSlash(filepath.Dir(path))
			seen[dir] = true
			checkFile(t, dir, path, used)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, rule := range law {
		if !seen[dir] {
			t.Errorf("the law names %s, which has no Go files", dir)
		}
		for _, allowed := range slices.Concat(rule.ours, rule.foreign) {
			if !used[dir+" "+allowed] {
				t.Errorf("the law lets %s import %s, which it does not", dir, allowed)
			}
		}
	}
}

// checkFile holds a file to the law, and notes what it uses of that.
func checkFile(t *testing.T, dir, path string, used map[string]bool) {
	rule, ok := law[dir]
	if !ok {
		t.Errorf("%s: package %s is not in the law", path, dir)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	allowed, foreign := rule.ours, rule.foreign
	if strings.HasSuffix(path, "_test.go") {
		allowed = append(slices.Clone(allowed), testOurs...)
		foreign = append(slices.Clone(foreign), testForeign...)
	}
	for _, spec := range file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		first, _, _ := strings.Cut(imported, "/")
		switch {
		case !strings.Contains(first, "."): // the standard library
		case strings.HasPrefix(imported, module+"/"):
			ours := strings.TrimPrefix(imported, module+"/")
			used[dir+" "+ours] = true
			if ours != dir && !slices.Contains(allowed, ours) {
				t.Errorf("%s may not import our %s", path, ours)
			}
		default:
			i := slices.IndexFunc(foreign, func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") })
			if i < 0 {
				t.Errorf("%s may not import %s", path, imported)
				continue
			}
			used[dir+" "+foreign[i]] = true
		}
	}
}
