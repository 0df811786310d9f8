package cli

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
)

// everything is a report in which nothing is left out.
func everything() *runReport {
	r := newReport([]string{"tcpdump"})
	name := strings.Repeat("n", 253)
	r.where(k8s.Pod{Namespace: strings.Repeat("s", 63), Name: name, UID: strings.Repeat("u", 36), Node: name}, k8s.Node{Name: name})
	s := captured(drops(1<<40), defaultSize, report.Loss{Kind: report.LostByKill, Detail: "tcpdump died of signal 9 (killed)"})
	s.Ring.Size, s.Counters.NotShown = 8<<20, 1<<40
	s.Cause = spool.ErrMaxSize
	r.state(s, &save.File{Path: "/data/x.pcapng", Bytes: 1 << 40, Packets: 1 << 40, SHA256: strings.Repeat("0a", 32)}, 74)
	return r
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestAReportIsWholeAndFitsIntoATerminationMessageWhateverItHasToSay(t *testing.T) {
	for name, change := range map[string]func(*runReport){
		"as it is":                      func(*runReport) {},
		"many words":                    func(r *runReport) { r.Argv = slices.Repeat([]string{"x"}, 5000) },
		"long words":                    func(r *runReport) { r.Argv = slices.Repeat([]string{strings.Repeat("y", 3000)}, 3) },
		"words that JSON makes longer":  func(r *runReport) { r.Argv = slices.Repeat([]string{strings.Repeat("\x01\"", 300)}, 30) },
		"a long outcome and hint":       func(r *runReport) { r.Outcome, r.Hint = strings.Repeat("ö", 5000), strings.Repeat("“", 5000) },
		"a verdict that goes on and on": func(r *runReport) { r.Verdict.Text = strings.Repeat("INCOMPLETE: ", 1000) },
		"losses in many words":          func(r *runReport) { r.Verdict.Losses[2].Detail = strings.Repeat("\xff", 9000) },
		"long notices":                  func(r *runReport) { r.Notices = slices.Repeat([]string{strings.Repeat("é", 900)}, 3) },
		"a long path":                   func(r *runReport) { r.Files[0].Path = strings.Repeat("/directory", 400) + "/x.pcapng" },
	} {
		t.Run(name, func(t *testing.T) {
			r := everything()
			change(r)
			text, err := r.Encode()
			if err != nil {
				t.Fatal(err)
			}
			told, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if err := schema(t).Validate(told); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
			if shortened := name != "as it is"; len(text) > 4096 || bytes.Contains(text, []byte(`"shortened":true`)) != shortened {
				t.Errorf("%d bytes: %s", len(text), text)
			}
			if !bytes.Contains(text, []byte(`x.pcapng"`)) || !bytes.Contains(text, []byte(strings.Repeat("0a", 32))) {
				t.Errorf("the file is not told: %s", text)
			}
		})
	}
}

func TestAReportOfWhatCouldNotBeRunSaysWhy(t *testing.T) {
	file := t.TempDir() + "/report.json"
	if err := newReport([]string{"ss"}).write("", func() (*newfile.Place, error) { return newfile.Follow(file) }, hint.Add(errors.New("there is no pod"), "name another one")); err != nil {
		t.Fatal(err)
	}
	version, _ := build()
	want := `{"schema":"podtracer.report/v1","podtracer":"` + version + `","tool":"ss","argv":["ss"],"exit":{"status":125},` +
		`"outcome":"there is no pod","hint":"name another one"}` + "\n"
	if got := readFile(t, file); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// hostileReport is a report in which every text is one that takes much room, or does something to a terminal.
func hostileReport(random *rand.Rand) *runReport {
	pieces := []string{"\x01", "\x1b]52;c;aGk=\a", "\u009b31m", "\u202e", "\xff", "\"", "\\", "ö", "漢", "\U000e0041", "e\u0301", "n", "/", "\x7f", "\u2028"}
	text := func(most int) string {
		piece := pieces[random.IntN(len(pieces))]
		if random.IntN(4) == 0 { // of all kinds
			piece = strings.Join(pieces, "")
		}
		return "x" + strings.Repeat(piece, random.IntN(most))
	}
	var words []string
	for range 1 + random.IntN(200) {
		words = append(words, text(30))
	}
	r := newReport(words)
	r.where(k8s.Pod{Namespace: text(500), Name: text(500), UID: text(500), Node: text(500), HostNetwork: true}, k8s.Node{Name: text(500)})
	kinds := []report.LossKind{report.LostInKernel, report.LostByInterface, report.LostToSizeLimit, report.LostToDisk, report.LostByKill}
	var losses []report.Loss
	for range 1 + random.IntN(300) {
		losses = append(losses, report.Loss{Kind: kinds[random.IntN(len(kinds))], Count: 1 << 62, Since: time.Now(), Detail: text(30)})
	}
	s := captured(losses...)
	s.Argv = words
	r.state(s, &save.File{Path: text(1000) + "/x.pcapng", Bytes: 1 << 62, Packets: 1 << 62, SHA256: strings.Repeat("0a", 32)}, 74)
	r.Outcome, r.Hint = text(1000), text(1000)
	return r
}

func TestAReportFitsAndIsSafeWhateverThingsAreCalled(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	schema := schema(t)
	for range 100 {
		text, err := hostileReport(random).Encode()
		if err != nil {
			t.Fatal(err)
		}
		told, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if err := schema.Validate(told); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(text) > 4096 || !printable.Is(strings.TrimSuffix(string(text), "\n")) {
			t.Fatalf("%d bytes: %q", len(text), text)
		}
		if !bytes.Contains(text, []byte(`x.pcapng"`)) || !bytes.Contains(text, []byte(`"shortened":true`)) {
			t.Fatalf("the file is not told: %s", text)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
