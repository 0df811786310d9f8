package detail

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
)

const (
	restTime  = 150 * time.Millisecond // how long the cursor rests on a pod before anybody is asked
	renewTime = 5 * time.Second
)

// Answer is the answer to a question. It carries the number of the look that asked.
type Answer interface{ look() int }

type (
	// Rested says that it is time to ask.
	Rested struct{ View int }

	// FromAPI is what the API knows of the pod.
	FromAPI struct {
		View    int
		Details k8s.Details
		Err     error
	}

	// FromNetwork is what was seen in the pod's network namespace.
	FromNetwork struct {
		View    int
		Network netinfo.Network
		Err     error
	}
)

func (a Rested) look() int      { return a.View }
func (a FromAPI) look() int     { return a.View }
func (a FromNetwork) look() int { return a.View }

// API knows one pod more closely than the list does.
type API interface {
	Details(context.Context, k8s.Pod) (k8s.Details, error)
}

// Networks reads the network namespaces of pods.
type Networks interface {
	Network(context.Context, k8s.Pod) (netinfo.Network, error)
}

// Questions are how the pane asks. All but NoNetwork return a command that brings an Answer.
type Questions struct {
	Rest    func(view int) tea.Cmd // until the cursor has rested
	Renew   func(view int) tea.Cmd // until it is time to look again
	Details func(view int, pod k8s.Pod) tea.Cmd
	Network func(view int, pod k8s.Pod) tea.Cmd

	NoNetwork func(*k8s.Pod) string // why the network of a pod need not be asked for; "" where it can be asked for
}

// NewQuestions are questions to an API and to networks, until ctx ends.
func NewQuestions(ctx context.Context, api API, networks Networks, noNetwork func(*k8s.Pod) string) Questions {
	after := func(d time.Duration) func(view int) tea.Cmd {
		return func(view int) tea.Cmd {
			return func() tea.Msg {
				pause.For(ctx, d)
				return Rested{view}
			}
		}
	}
	return Questions{
		Rest: after(restTime), Renew: after(renewTime), NoNetwork: noNetwork,
		Details: func(view int, pod k8s.Pod) tea.Cmd {
			return func() tea.Msg {
				found, err := api.Details(ctx, pod)
				return FromAPI{view, found, err}
			}
		},
		Network: func(view int, pod k8s.Pod) tea.Cmd {
			return func() tea.Msg {
				found, err := networks.Network(ctx, pod)
				return FromNetwork{view, found, err}
			}
		},
	}
}
