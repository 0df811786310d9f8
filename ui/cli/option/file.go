package option

import (
	"errors"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
)

// File is the value of a flag that names a file. An empty name, as of a variable of a script that was never set, is refused: it would be as
// if the flag had not been given, and nothing would be where the script looks for it.
func File(path *string) pflag.Value { return (*file)(path) }

type file string

// Set, String and Type make it a pflag.Value.
func (f *file) Set(path string) error {
	if path == "" {
		return hint.Add(errors.New("no file is named"), "name one, or leave the flag out")
	}
	*f = file(path)
	return nil
}

func (f *file) String() string { return string(*f) }
func (f *file) Type() string   { return "string" }
