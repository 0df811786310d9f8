package agent

import (
	"errors"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/command"
)

// failureOf is an error in the form in which it travels; nil if there is no error.
func failureOf(err error) *wire.Failure {
	if err == nil {
		return nil
	}
	f := &wire.Failure{Text: err.Error(), Hint: hint.Of(err)}
	switch {
	case errors.Is(err, command.ErrNotInstalled):
		f.Kind = wire.Failure_NOT_INSTALLED
	case errors.Is(err, command.ErrNotExecutable):
		f.Kind = wire.Failure_NOT_EXECUTABLE
	}
	return f
}

// errorOf is the error that an agent sent. Its text comes from another machine and is made safe here.
func errorOf(f *wire.Failure) error {
	if f == nil {
		return nil
	}
	err := error(failed{printable.Line(f.GetText()), f.GetKind()})
	if f.GetHint() != "" {
		err = hint.Add(err, printable.Line(f.GetHint()))
	}
	return err
}

type failed struct {
	text string
	kind wire.Failure_Kind
}

func (f failed) Error() string { return f.text }

func (f failed) Is(target error) bool {
	switch f.kind {
	case wire.Failure_NOT_INSTALLED:
		return target == command.ErrNotInstalled
	case wire.Failure_NOT_EXECUTABLE:
		return target == command.ErrNotExecutable
	default:
		return false
	}
}
