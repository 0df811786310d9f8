package option

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Variable is the environment variable that stands for a flag: PODTRACER_MAX_SIZE for --max-size.
func Variable(flag string) string {
	return "PODTRACER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// readElsewhere are flags whose variables the code that uses them reads, so that they do not count as given.
var readElsewhere = map[string]bool{"data-dir": true, "theme": true, "help": true, "version": true}

// TakeEnvironment sets the flags that were not given from their variables. A Job is configured in this way without a word of its command
// line. An empty variable counts as none, and a flag that is hidden from people has none.
//
// Errors: the first variable whose value its flag does not take.
func TakeEnvironment(flags *pflag.FlagSet, lookup func(string) (string, bool)) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		name := Variable(f.Name)
		value, _ := lookup(name)
		if err != nil || f.Changed || value == "" || readElsewhere[f.Name] || f.Hidden {
			return
		}
		if failed := flags.Set(f.Name, value); failed != nil {
			err = refused(name, value, f.Name, failed)
		}
	})
	return err
}

// refused says in which variable a value is wrong. pflag names only the flag, which nobody has given.
func refused(variable, value, flag string, why error) error {
	advice := hint.Of(why)
	var invalid *pflag.InvalidValueError
	if errors.As(why, &invalid) && errors.Unwrap(invalid) != nil {
		why = errors.Unwrap(invalid)
	}
	if advice == "" {
		advice = "it stands for --" + flag + "; unset " + variable + ", or give the flag, which counts before it"
	}
	return hint.Add(fmt.Errorf("$%s is %.80q: %w", variable, value, why), advice)
}
