package ui

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
)

// screensWithHelp says how one comes to each page, and which functions take the keys there.
var screensWithHelp = []struct {
	name  string
	open  func(t *testing.T, width, height int) *person
	taken []string
}{
	{"home", openHome(), []string{"model.keyHome", "model.moveHome"}},
	{"contexts", openHome("c"), []string{"model.keyContexts", "List.Key"}},
	{"search", openHome("/"), []string{"Lists.KeySearch"}},
	{"form", openHome("/", "x2lpq", "enter", "enter"), []string{"Form.keyForm", "Form.keyCompletion", "Form.update", "Form.updateTools", "Form.updateArguments", "Form.updateField"}},
	{"form-arguments", openHome("/", "x2lpq", "enter", "enter", "tab"), nil},
	{"presets", openHome("/", "x2lpq", "enter", "enter", "ctrl+p"), []string{"Form.keyPresets"}},
	{"history", openHome("/", "x2lpq", "enter", "enter", "ctrl+r"), []string{"Form.keyHistory", "historyList.update"}},
	{"run", openRun(), []string{"model.keyText", "Pager.Key", "Pager.move", "model.keyRun", "model.keyCopy"}},
	{"prompt", openRun("/"), []string{"Pager.KeyTyped"}},
	{"selection", openRun("c"), []string{"Pager.KeySelecting"}},
	{"packets", openPackets(), []string{"model.keyPackets", "Table.Key", "model.keyRun", "model.keyCopy"}},
	{"packet-filter", openPackets("/"), []string{"Table.KeyTyped"}},
	{"packet", openPackets("enter"), []string{"model.keyPacket", "Table.KeyOpen", "model.keyRun"}},
	{"talkers", openPackets("tab"), []string{"model.keyTalkers", "Talkers.Key", "model.keyRun"}},
	{"whole", openWhole, []string{"model.keyWhole", "model.keyRun"}},
	{"runs", openFleet(), []string{"model.keyRuns", "model.keyCopy"}},
	{"split", openFleet("down", "down", "v"), []string{"model.keySplit", "model.keyPanes", "model.keyCopy"}},
	{"stopping", openFleet("down", "x"), []string{"model.keyStopping"}},
	{"detaching", openElsewhere("d"), []string{"model.keyDetaching"}},
	{"saving", openRun("s"), []string{"model.keySaving"}},
	{"quitting", openRun("q"), []string{"model.keyLeaving"}},
}

func openHome(names ...string) func(*testing.T, int, int) *person {
	return func(t *testing.T, width, height int) *person {
		p := sit(t, width, height)
		p.tell(shop())
		p.press(names...)
		return p
	}
}

func openRun(names ...string) func(*testing.T, int, int) *person {
	return func(t *testing.T, width, height int) *person {
		p := readRun(t, width, height, 200)
		p.press(names...)
		return p
	}
}

func openPackets(names ...string) func(*testing.T, int, int) *person {
	return func(t *testing.T, width, height int) *person {
		p := beforePackets(t, width, height, 70)
		p.press(names...)
		return p
	}
}

func openFleet(names ...string) func(*testing.T, int, int) *person {
	return func(t *testing.T, width, height int) *person {
		p := sitBefore(t, width, height)
		p.press(names...)
		return p
	}
}

// openElsewhere opens a run on another node.
func openElsewhere(names ...string) func(*testing.T, int, int) *person {
	return func(t *testing.T, width, height int) *person {
		p := sitWith(t, width, height, Deps{Detached: anywhere{}})
		p.tell(shop(), listMsg{list: tools.List{elsewhere(1)}}, detachedMsg{found: []detached.Found{annas()}})
		p.do(p.m.watch(1))
		p.press(names...)
		return p
	}
}

func openWhole(t *testing.T, width, height int) *person {
	p := sit(t, width, height)
	p.tell(shop(), listMsg{tools.List{shell(5, tools.Running)}, 1}, startedMsg{id: 5})
	return p
}

func f1() tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyF1} }

func TestTheHelpOfEachLayerIsLookedAt(t *testing.T) {
	opened := map[string]bool{"help": true}
	for _, s := range screensWithHelp {
		opened[s.open(t, 80, 24).m.top().name] = true
	}
	for _, l := range allLayers() {
		if !opened[l.name] {
			t.Errorf("the help of %s is looked at by no test", l.name)
		}
	}
}

func TestTheHelpOfEachScreenLooksAsItWasApproved(t *testing.T) {
	for _, s := range screensWithHelp {
		for _, size := range [][2]int{{80, 24}, {160, 45}} {
			p := s.open(t, size[0], size[1])
			p.tell(f1())
			golden(t, fmt.Sprintf("help-%s-%dx%d", s.name, size[0], size[1]), p.screen())
		}
	}
}

// pressable are the keys, as Bubble Tea names them, that a help tells of.
func pressable(h help.Page) (names []string) {
	for _, r := range h.Rows {
		for _, k := range r.Keys {
			names = append(names, k.Keys()...)
		}
	}
	return names
}

func TestEveryKeyOfTheConsoleIsInAHelp(t *testing.T) {
	var told []string
	for _, s := range screensWithHelp {
		told = append(told, pressable(s.open(t, 80, 24).m.help())...)
	}
	for binding, names := range allKeys(t) {
		for _, name := range names {
			if !slices.Contains(told, name) {
				t.Errorf("%s (%s) is in no help", binding, name)
			}
		}
	}
}

// Whoever takes another key on a screen has to tell of it there.
func TestTheHelpOfAScreenHasEachKeyThatTheScreenTakes(t *testing.T) {
	functions, all := methods(t), allKeys(t)
	told := map[string][]string{} // by function
	for _, s := range screensWithHelp {
		for _, name := range s.taken {
			told[name] = append(told[name], pressable(s.open(t, 80, 24).m.help())...)
		}
	}
	for _, s := range screensWithHelp {
		for _, name := range s.taken {
			function := functions[name]
			if function == nil {
				t.Fatalf("there is no function %s any more", name)
			}
			bindings, names := keysIn(function)
			for _, binding := range bindings {
				names = append(names, all[binding]...)
			}
			for _, key := range names {
				if !slices.Contains(told[name], key) {
					t.Errorf("%s takes %q, and the help of %s does not say so", name, key, s.name)
				}
			}
		}
	}
}

// allKeys are the names, as Bubble Tea has them, of the keys in ui/keys.
func allKeys(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, d := range parsed(t, "keys/keys.go").Decls {
		vars, ok := d.(*ast.GenDecl)
		if !ok || vars.Tok != token.VAR {
			continue
		}
		for _, spec := range vars.Specs {
			of := spec.(*ast.ValueSpec)
			for _, name := range of.Values[0].(*ast.CallExpr).Args[2:] {
				text, err := strconv.Unquote(name.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all[of.Names[0].Name] = append(all[of.Names[0].Name], text)
			}
		}
	}
	return all
}

func parsed(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// methods are those of the console and its rooms, as type.name.
func methods(t *testing.T) map[string]*ast.FuncDecl {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*ast.FuncDecl{}
	for _, file := range append(files, rooms...) {
		for _, d := range parsed(t, file).Decls {
			function, ok := d.(*ast.FuncDecl)
			if !ok || function.Recv == nil {
				continue
			}
			of := function.Recv.List[0].Type
			if pointer, ok := of.(*ast.StarExpr); ok {
				of = pointer.X
			}
			if name, ok := of.(*ast.Ident); ok {
				found[name.Name+"."+function.Name.Name] = function
			}
		}
	}
	return found
}

// keysIn are the bindings that a function matches, and the keys that it compares by name.
func keysIn(function *ast.FuncDecl) (bindings, names []string) {
	literal := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			text, _ := strconv.Unquote(l.Value)
			names = append(names, text)
		}
	}
	named := func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		if !ok {
			return false
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		return ok && f.Sel.Name == "String"
	}
	ast.Inspect(function, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if of, ok := n.X.(*ast.Ident); ok && of.Name == "keys" {
				bindings = append(bindings, n.Sel.Name)
				if n.Sel.Name == "Rows" {
					bindings = append(bindings, "Up", "Down", "PageUp", "PageDown", "Top", "Bottom")
				}
			}
		case *ast.BinaryExpr:
			if n.Op == token.EQL && named(n.X) {
				literal(n.Y)
			}
		case *ast.SwitchStmt:
			if named(n.Tag) {
				for _, c := range n.Body.List {
					for _, e := range c.(*ast.CaseClause).List {
						literal(e)
					}
				}
			}
		}
		return true
	})
	return bindings, names
}

func TestNoHelpIsCutAtTheRight(t *testing.T) {
	for _, s := range screensWithHelp {
		for _, r := range s.open(t, 80, 24).m.help().Rows {
			if w := cells.StyledWidth(r.Shown()); w > help.MostKeysWidth {
				t.Errorf("%s: %q is %d cells wide", s.name, r.Shown(), w)
			}
		}
	}
}

func TestF1HelpsWhereTextIsTypedAndTheQuestionMarkIsTypedThere(t *testing.T) {
	p := openHome("/")(t, 80, 24)
	p.press("?")
	p.seesNot("help:")
	p.tell(f1())
	p.sees("help: search for pods", "app=cart")
	p.press("x")
	p.seesNot("help:")
	p.sees(" / ?", "type to search")
}

func TestAHelpThatIsLongerThanTheScreenScrolls(t *testing.T) {
	p := openRun("?")(t, 60, 16)
	p.sees("help: a run, lines 1 to 12 of", "pause", "read on")
	p.press("G")
	p.sees("quit: all tools stop, what is not")
	p.press("g", "down")
	p.sees("lines 2 to 13 of")
	p.tell(tea.MouseMsg{Button: tea.MouseButtonWheelDown})
	p.sees("lines 5 to 16 of")
	p.press("esc")
	p.seesNot("help:")
	if p.m.screen != watching {
		t.Error("the run was left as well")
	}
}

func TestTheHelpOfAQuestionAnswersNothing(t *testing.T) {
	p := openRun("q", "?")(t, 80, 24)
	p.sees("help: quit?")
	p.press("y")
	p.sees("still running")
	if p.quit {
		t.Error("it has quit")
	}
	p.press("?", "ctrl+c")
	p.sees("still running")
}
