package cli

import (
	"os"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/ui/style"
	"github.com/fennec-project/podtracer/ui/tty"
)

// screenOptions are the flags of the commands that show the console.
type screenOptions struct {
	wanted style.Wanted
	record string
}

func (s *screenOptions) addTo(flags *pflag.FlagSet) {
	s.addLookTo(flags)
	flags.StringVar(&s.record, "record", "", "record the screen into this new file (asciicast v2; podtracer replay plays it)")
}

func (s *screenOptions) addLookTo(flags *pflag.FlagSet) {
	flags.StringVar(&s.wanted.Color, "color", "auto", "colours: never, 16, 256, true, or auto: as TERM, COLORTERM and NO_COLOR say")
	flags.StringVar(&s.wanted.Theme, "theme", "", "background: dark, light, or auto (default $PODTRACER_THEME, else as COLORFGBG says, else readable on both)")
	flags.Var(choice{&s.wanted.ASCII}, "ascii", "draw with ASCII only, or --ascii=false: with symbols (default: as TERM and the locale say)")
	flags.Lookup("ascii").NoOptDefVal = "true"
}

func (s *screenOptions) look() (style.Look, error) { return style.LookOf(s.wanted, os.Getenv) }

// recording begins the recording that is asked for; nil if none is.
func (s *screenOptions) recording() (*tty.Recording, error) {
	if s.record == "" {
		return nil, nil
	}
	return tty.NewRecording(s.record)
}

func closeRecording(r *tty.Recording) error {
	if r == nil {
		return nil
	}
	return r.Close()
}

// choice is a flag that is yes, no or not given.
type choice struct{ to **bool }

func (c choice) Type() string { return "bool" }

func (c choice) String() string {
	if c.to == nil || *c.to == nil {
		return ""
	}
	return strconv.FormatBool(**c.to)
}

func (c choice) Set(text string) error {
	yes, err := strconv.ParseBool(text)
	if err == nil {
		*c.to = &yes
	}
	return err
}
