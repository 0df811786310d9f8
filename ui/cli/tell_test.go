package cli

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui/cli/verdict"
)

// hostile is a name that somebody chose to affect the terminal of whoever lists it.
const hostile = "x\x1b]52;c;aGFja2Vk\a\x1b[2J\u009b31m\x9b31m\u202e\u2066\r\b\x7f\u200b\npodtracer: complete\n  hint: run this"

// said is what is written while act has both ends of podtracer's output.
func said(t *testing.T, act func(Streams)) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nothing.Close()
	text := make(chan string)
	go func() { // ends when the other end is closed
		all, _ := io.ReadAll(read)
		text <- string(all)
	}()
	act(Streams{In: nothing, Out: write, Err: write})
	write.Close()
	defer read.Close()
	return <-text
}

func TestWhateverPodtracerSaysDoesNothingToATerminal(t *testing.T) {
	pod := k8s.Pod{Namespace: hostile, Name: hostile, Node: hostile}
	state := captured(report.Loss{Kind: report.LostByKill, Detail: hostile})
	for name, act := range map[string]func(Streams){
		"a note":                   func(s Streams) { say(s.Err, "%s", hostNetworkNote(pod)) },
		"an error with its hint":   func(s Streams) { complain(s.Err, hint.Add(errors.New(hostile), hostile)) },
		"an error within another":  func(s Streams) { complain(s.Err, fmt.Errorf("find %s: %w", hostile, errors.New(hostile))) },
		"a verdict":                func(s Streams) { say(s.Err, "%s", verdict.Line(state)) },
		"the path of a saved file": func(s Streams) { say(s.Err, "%s", verdict.Saved(save.File{Path: hostile}, state)) },
		"a run that was left": func(s Streams) {
			_ = printTable(s.Out, [][]string{keptCells(store.Entry{ID: hostile, Pod: pod, Argv: []string{hostile}})})
		},
		"an unknown command":      func(s Streams) { Main(t.Context(), []string{hostile}, s, &Work{}) },
		"an unknown flag":         func(s Streams) { Main(t.Context(), []string{"run", "--" + hostile}, s, &Work{}) },
		"an unknown help topic":   func(s Streams) { Main(t.Context(), []string{"help", hostile}, s, &Work{}) },
		"a completion of nothing": func(s Streams) { Main(t.Context(), []string{"__complete", hostile, hostile}, s, &Work{}) },
		"a limit that is none": func(s Streams) {
			Main(t.Context(), []string{"run", "--pod", "x", "-t", hostile, "--", "ss"}, s, &Work{})
		},
		"a recording of that name": func(s Streams) { Main(t.Context(), []string{"replay", hostile}, s, &Work{}) },
		"a run of that name":       func(s Streams) { Main(t.Context(), []string{"runs", "save", hostile}, s, &Work{}) },
		"a kubeconfig of that name": func(s Streams) {
			Main(t.Context(), []string{"run", "--kubeconfig", hostile, "--pod", "x", "--", "ss"}, s, &Work{})
		},
		"a context of that name": func(s Streams) {
			Main(t.Context(), []string{"run", "--context", hostile, "--pod", "x", "--", "ss"}, s, &Work{})
		},
		"a report of that name": func(s Streams) {
			Main(t.Context(), []string{"run", "--report", "/dev/null/" + hostile, "--pod", "x", "--", "ss"}, s, &Work{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
			t.Setenv("PODTRACER_DATA_DIR", t.TempDir())
			text := said(t, act)
			if text == "" {
				t.Error("nothing was said")
			}
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if !printable.Is(line) {
					t.Errorf("%q", line)
				}
			}
		})
	}
}

func TestANameCannotSayThingsOnALineOfItsOwn(t *testing.T) {
	text := said(t, func(s Streams) {
		say(s.Err, "removed %s", hostile)
		complain(s.Err, errors.New(hostile))
		_ = printTable(s.Out, [][]string{{hostile, "left"}})
	})
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != 5 || slices.ContainsFunc(lines[:4], func(line string) bool { return !strings.HasPrefix(line, "podtracer: ") }) {
		t.Errorf("%q", lines)
	}
}

func TestAnErrorOfSeveralLinesIsReadable(t *testing.T) {
	got := said(t, func(s Streams) {
		say(s.Err, "%s: %v", "a\nname", errors.Join(errors.New("no answer"), errors.New("no right")))
	})
	if want := "podtracer: a\\x0aname: no answer; no right\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is written elsewhere is written as it is.
func TestNothingIsSaidButThroughTheOneDoor(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if path == "tell.go" || strings.HasSuffix(path, "_test.go") {
			continue
		}
		positions := token.NewFileSet()
		file, err := parser.ParseFile(positions, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			writes := false
			switch f := call.Fun.(type) {
			case *ast.Ident:
				writes = f.Name == "tell" || f.Name == "send" || f.Name == "println"
			case *ast.SelectorExpr:
				writes = slices.Contains([]string{"Print", "Printf", "Println", "PrintErr", "PrintErrf", "PrintErrln"}, f.Sel.Name) ||
					(strings.HasPrefix(f.Sel.Name, "Fprint") && mentionsStreams(call.Args[0])) ||
					strings.HasPrefix(f.Sel.Name, "Write") && (mentionsStreams(f.X) || len(call.Args) > 0 && mentionsStreams(call.Args[0]))
			}
			if writes {
				t.Errorf("%s writes past tell.go", positions.Position(call.Pos()))
			}
			return true
		})
	}
}

func mentionsStreams(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		found = found || ok && (s.Sel.Name == "Err" || s.Sel.Name == "Out")
		return true
	})
	return found
}
