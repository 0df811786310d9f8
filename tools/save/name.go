package save

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/tools/report"
)

// Name is the default file name of a run: <namespace>_<pod>_<tool>_<20261122T081500Z>.<extension>. It consists of letters, digits,
// dots and dashes, whatever the run's pod and tool are called, and is short enough for a file name.
func Name(r report.Record) string {
	extension := ".txt"
	if r.Capture {
		extension = pcapngExtension
	}
	parts := []string{
		namePart(r.Pod.Namespace, longestNamespace), namePart(r.Pod.Name, longestPod), namePart(r.Tool(), longestTool),
		r.Created.UTC().Format("20060102T150405Z"),
	}
	return strings.Join(parts, "_") + extension
}

// SetName is the default file name of the captures of a set, named after the first of its runs: <namespace>_<pod>-and-2-more_….
func SetName(records []report.Record) string {
	first := records[0]
	if more := len(records) - 1; more > 0 {
		suffix := "-and-" + strconv.Itoa(more) + "-more"
		first.Pod.Name = namePart(first.Pod.Name, longestPod-len(suffix)) + suffix
	}
	return Name(first)
}

// Lengths of the parts of a name, which may have 255 bytes in all.
const (
	longestNamespace = 63 // as in Kubernetes
	longestPod       = 110
	longestTool      = 40
)

var notForNames = regexp.MustCompile(`[^A-Za-z0-9.-]`)

func namePart(text string, most int) string {
	text = strings.TrimLeft(notForNames.ReplaceAllString(text, "-"), ".")
	if text = text[:min(len(text), most)]; text == "" {
		return "unknown"
	}
	return text
}

// defaultNames matches the names that Name, SetName and Numbered make, also of a set's files of further link types.
var defaultNames = regexp.MustCompile(`^[A-Za-z0-9-][A-Za-z0-9.-]*_[A-Za-z0-9-][A-Za-z0-9.-]*_[A-Za-z0-9-][A-Za-z0-9.-]*_[0-9]{8}T[0-9]{6}Z(-[0-9]+)?(-(ethernet|raw|sll2?|nflog|link-[0-9]+))?\.(pcapng|pcap|txt|raw)$`)

// IsName says whether podtracer can have made a name.
func IsName(name string) bool { return defaultNames.MatchString(name) }

// Numbered returns the n-th variant of name: name itself, then NAME-2.pcap, NAME-3.pcap, ….
func Numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	extension := filepath.Ext(name)
	return strings.TrimSuffix(name, extension) + "-" + strconv.Itoa(n) + extension
}

// RawName is the name for the tool's own stream.
func RawName(r report.Record) string {
	name := Name(r)
	if r.Capture {
		return name[:len(name)-len(pcapngExtension)] + ".pcap"
	}
	return name
}

// BrokenName is the name for a stream that does not begin like a capture, or breaks in the middle.
func BrokenName(r report.Record) string {
	name := Name(r)
	return name[:len(name)-len(filepath.Ext(name))] + ".raw"
}
