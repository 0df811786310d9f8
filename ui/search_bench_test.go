package ui

import (
	"fmt"
	"os"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/detail"
	"github.com/fennec-project/podtracer/ui/fakes"
)

func state1() tools.List { return tools.List{state(1, tools.Running)} }

func many(n int) snapshotMsg { return told(fakes.Many(n)) }

func bench(b *testing.B, n int, act func(*model, int)) {
	m := newModel(commands{
		nextSnapshot: func(uint64) tea.Cmd { return nil }, nextSaid: func(uint64) tea.Cmd { return nil }, details: detail.Questions{Rest: func(int) tea.Cmd { return nil }},
	}, Deps{Launcher: fakes.Launcher("node-3"), Node: "node-3", Out: os.Stdout})
	m.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
	m.Update(many(n))
	b.ResetTimer()
	for i := range b.N {
		act(m, i)
	}
}

func BenchmarkFinding(b *testing.B) {
	for _, n := range []int{10_000, 50_000} {
		snap := many(n)
		b.Run(fmt.Sprintf("first letter %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.pods.Search(""); m.pods.Search("p"); m.View() })
		})
		b.Run(fmt.Sprintf("apart %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.pods.Search(""); m.pods.Search("pyapi 7"); m.View() })
		})
		b.Run(fmt.Sprintf("label %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.pods.Search(""); m.pods.Search("app=cart"); m.View() })
		})
		b.Run(fmt.Sprintf("snapshot with a query %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.pods.Search("cart"); m.Update(snap) })
		})
		b.Run(fmt.Sprintf("view at rest %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.View() })
		})
	}
}
