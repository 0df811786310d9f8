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

// ErrNoAnswer says that the API was reached, or is being reached, and says nothing.
var ErrNoAnswer = errors.New("the API does not answer")

// SilentAfter is how long the API may say nothing; then a person is told, and again after as long.
const SilentAfter = 5 * time.Second

const awaitPod = time.Minute // for one pod, asked for again and again

// Said is a line that the credential plugin said while it did not have the terminal.
type Said = transport.Said

// NextSaid waits until the credential plugin has said more than a reader has seen, and returns the newest of it.
//
// Errors: that of ctx.
func (c *Cluster) NextSaid(ctx context.Context, seen uint64) ([]Said, uint64, error) {
	return c.plugin.NextSaid(ctx, seen)
}

// LeaveTerminal keeps the credential plugin from the terminal, which somebody else uses from now on. No question may be on its way.
func (c *Cluster) LeaveTerminal() { c.plugin.LeaveTerminal() }

// Login has the credential plugin ask at the terminal what it has to ask, and then leave it.
//
// Errors: that of ctx.
func (c *Cluster) Login(ctx context.Context) error {
	return c.plugin.Login(ctx, SilentAfter, func(ctx context.Context) {
		_, _ = c.api.namespaces().list(ctx, metav1.ListOptions{Limit: 1}) // what is wrong is said by who needs an answer
	})
}

// Silent says for how long the API has not answered.
func (c *Cluster) Silent(since time.Time) string {
	who := "the API of " + c.name + " has"
	if plugin := c.plugin.Name(); plugin != "" {
		who = "the API of " + c.name + ", or the credential plugin " + plugin + ", has"
	}
	return fmt.Sprintf("%s not answered for %s", who, time.Since(since).Round(time.Second))
}

// AwaitPod asks for one pod as Pod does, again and again while the API does not answer: for a minute, or as long as a
// credential plugin may take.
func (c *Cluster) AwaitPod(ctx context.Context, namespace, name string) (Pod, error) {
	most := awaitPod
	if c.plugin != nil {
		most = transport.PluginTime
	}
	for end := time.Now().Add(most); ; {
		pod, err := c.Pod(ctx, namespace, name)
		if !errors.Is(err, ErrNoAnswer) || ctx.Err() != nil || time.Now().After(end) {
			return pod, err
		}
	}
}
