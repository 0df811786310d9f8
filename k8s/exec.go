package k8s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/exec"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/grant"
	"github.com/fennec-project/podtracer/k8s/rules"
	"github.com/fennec-project/podtracer/k8s/streams"
)

// ErrBroke says that the connection to a helper broke, or did not come about, and that neither the API nor the helper has said why.
var ErrBroke = errors.New("the connection broke")

// broke is an ErrBroke in the words of whoever noticed it.
type broke struct{ error }

func (broke) Is(target error) bool { return target == ErrBroke }

// exec runs a command in a container with these streams, until the command or ctx ends. The command's standard error becomes the text of
// the error.
//
// Errors: always one, since a connection has no other end; ErrBroke if trying again may help; ErrPlugin and ErrUnauthorized.
func (c *Cluster) exec(ctx context.Context, namespace, pod, container string, argv []string, in io.Reader, out io.Writer) error {
	request := c.api.core.Get().Namespace(namespace).Resource("pods").Name(pod).SubResource("exec").
		Param("container", container).Param("stdin", "true").Param("stdout", "true").Param("stderr", "true")
	for _, word := range argv {
		request = request.Param("command", word)
	}
	if err := c.api.Credentials(ctx); err != nil {
		return explain(err, "get and create pods/exec", namespace)
	}
	said := &lastWords{}
	err := c.api.streams.Run(ctx, request.URL(), streams.Streams{In: in, Out: out, Err: said})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && said.String() != "":
		return errors.New(rules.Line(said.String()))
	case apierrors.IsUnauthorized(err):
		return explain(err, "get and create pods/exec", namespace)
	case apierrors.IsForbidden(err):
		return hint.Add(fmt.Errorf("%w to exec into pod %s/%s", ErrForbidden, namespace, pod),
			"who administers the cluster gives you this right with: "+grant.Read("get and create pods/exec", namespace).Commands(grant.Who(err)))
	case err == nil:
		return broke{errors.New("the connection to the helper ended")}
	}
	text := errors.New(rules.Line(err.Error()))
	if isAnswer(err) {
		return text
	}
	return broke{text}
}

// isAnswer says whether an error is what became of the command, or what the API says to the request.
func isAnswer(err error) bool {
	var exit exec.ExitError
	var status apierrors.APIStatus
	return errors.As(err, &exit) || errors.As(err, &status) && status.Status().Code < http.StatusInternalServerError
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
