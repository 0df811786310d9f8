package k8s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// exec runs a command in a container with these streams, until the command or ctx ends. It uses a WebSocket, or SPDY where something on
// the way does not support WebSockets. The command's standard error becomes the text of the error.
//
// Errors: always one, since a connection has no other end.
func (c *Cluster) exec(ctx context.Context, namespace, pod, container string, argv []string, in io.Reader, out io.Writer) error {
	request := c.api.core.Get().Namespace(namespace).Resource("pods").Name(pod).SubResource("exec").
		Param("container", container).Param("stdin", "true").Param("stdout", "true").Param("stderr", "true")
	for _, word := range argv {
		request = request.Param("command", word)
	}
	socket, err := remotecommand.NewWebSocketExecutor(c.api.config, http.MethodGet, request.URL().String())
	if err != nil {
		return err
	}
	spdy, err := remotecommand.NewSPDYExecutor(c.api.config, http.MethodPost, request.URL())
	if err != nil {
		return err
	}
	either, err := remotecommand.NewFallbackExecutor(socket, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	if err != nil {
		return err
	}
	said := &lastWords{}
	err = either.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: out, Stderr: said})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && said.String() != "":
		return errors.New(rules.Printable(said.String(), rules.LongestText, ""))
	case apierrors.IsForbidden(err):
		return hint.Add(fmt.Errorf("not allowed to exec into pod %s/%s", namespace, pod),
			"podtracer needs the verbs get and create on pods/exec there: "+canI("get pods/exec", namespace)+" and "+canI("create pods/exec", namespace))
	case err != nil:
		return errors.New(rules.Printable(err.Error(), rules.LongestText, ""))
	default:
		return errors.New("the connection to the helper ended")
	}
}

// lastWords keeps the last bytes that were written to it.
type lastWords struct{ text []byte }

func (l *lastWords) Write(p []byte) (int, error) {
	const most = 1 << 10
	l.text = append(l.text, p[max(0, len(p)-most):]...)
	l.text = l.text[max(0, len(l.text)-most):]
	return len(p), nil
}

func (l *lastWords) String() string { return string(l.text) }
