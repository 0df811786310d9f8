package k8s

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/k8s/transport"
)

// ErrPlugin says that the credential plugin failed, so that the API was not asked.
var ErrPlugin = transport.ErrPlugin

// ErrNoAnswer says that the API does not answer, although it may be reachable.
var ErrNoAnswer = errors.New("the API does not answer")

// SilentAfter is how long the API may be silent before a person is told, and the interval of further messages.
const SilentAfter = 5 * time.Second

const awaitPod = time.Minute // limit for one answer by repeated requests

// Said is a line that the credential plugin said while it did not have the terminal.
type Said = transport.Said

// NextSaid waits until the credential plugin has said more than the version seen, and returns its newest lines.
//
// Errors: the error of ctx.
func (c *Cluster) NextSaid(ctx context.Context, seen uint64) ([]Said, uint64, error) {
	return c.plugin.NextSaid(ctx, seen)
}

// LeaveTerminal takes the terminal away from the credential plugin, for somebody else to use. No request may be under way.
func (c *Cluster) LeaveTerminal() { c.plugin.LeaveTerminal() }

// Login lets the credential plugin ask its questions at the terminal, and then takes the terminal away from it.
//
// Errors: the error of ctx.
func (c *Cluster) Login(ctx context.Context) error {
	return c.plugin.Login(ctx, SilentAfter, func(ctx context.Context) {
		_, _ = c.api.namespaces().list(ctx, metav1.ListOptions{Limit: 1}) // the next request reports the error
	})
}

// Silent says for how long the API has not answered.
func (c *Cluster) Silent(since time.Time) string {
	who := "the API server of " + c.name + " has"
	if plugin := c.plugin.Name(); plugin != "" {
		who = "the API server of " + c.name + ", or the credential plugin " + plugin + ", has"
	}
	return fmt.Sprintf("%s not answered for %s", who, time.Since(since).Round(time.Second))
}

// AwaitPod asks for one pod as Pod does, and repeats that while the API does not answer, for a minute or for as long as a credential
// plugin may take.
func (c *Cluster) AwaitPod(ctx context.Context, namespace, name string) (Pod, error) {
	return patiently(ctx, c, func() (Pod, error) { return c.Pod(ctx, namespace, name) })
}

// patiently repeats a question while the API does not answer.
func patiently[Answer any](ctx context.Context, c *Cluster, ask func() (Answer, error)) (Answer, error) {
	most := awaitPod
	if c.plugin != nil {
		most = transport.PluginTime
	}
	for end := time.Now().Add(most); ; {
		answer, err := ask()
		if !errors.Is(err, ErrNoAnswer) || ctx.Err() != nil || time.Now().After(end) {
			return answer, err
		}
	}
}
