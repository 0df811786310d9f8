package ui

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
)

func state1() tools.List { return tools.List{state(1, tools.Running)} }

// many is a cluster of n pods in 40 namespaces, with the names that Deployments give.
func many(n int) snapshotMsg {
	random := rand.New(rand.NewPCG(1, 2))
	apps := []string{"payments-api", "cart", "checkout-worker", "frontend-web", "inventory", "search-indexer"}
	var pods []k8s.Pod
	for i := range n {
		app := apps[i%len(apps)]
		p := pod(fmt.Sprintf("team-%02d", i*40/n), fmt.Sprintf("%s-%05d-x%d", app, i, random.IntN(9)), fmt.Sprintf("node-%d", i%200), "Running")
		p.Labels, p.IPs = "app="+app, []string{fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)}
		pods = append(pods, p)
	}
	return snapshot(pods...)
}

func bench(b *testing.B, n int, act func(*model, int)) {
	m := newModel(commands{
		nextSnapshot: func(uint64) tea.Cmd { return nil }, rest: func(int) tea.Cmd { return nil },
	}, Deps{Here: k8s.Node{Name: "node-3", Sure: true}, Out: os.Stdout})
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
			bench(b, n, func(m *model, _ int) { m.setQuery(""); m.setQuery("p"); m.View() })
		})
		b.Run(fmt.Sprintf("apart %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.setQuery(""); m.setQuery("pyapi 7"); m.View() })
		})
		b.Run(fmt.Sprintf("label %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.setQuery(""); m.setQuery("app=cart"); m.View() })
		})
		b.Run(fmt.Sprintf("snapshot with a query %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.setQuery("cart"); m.Update(snap) })
		})
		b.Run(fmt.Sprintf("view at rest %d", n), func(b *testing.B) {
			bench(b, n, func(m *model, _ int) { m.View() })
		})
	}
}
