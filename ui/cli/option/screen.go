package option

import (
	"os"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/ui/style"
	"github.com/fennec-project/podtracer/ui/tty"
)

// Screen are the flags of the commands that show the console.
type Screen struct {
	Record string // the file that the screen is recorded into; "": none

	wanted style.Wanted
}

// AddTo adds all of the flags.
func (s *Screen) AddTo(flags *pflag.FlagSet) {
	s.AddLookTo(flags)
	flags.Var(File(&s.Record), "record", "record the screen into this new file (asciicast v2; podtracer replay plays it)")
}

// AddLookTo adds the flags that say how the console looks.
func (s *Screen) AddLookTo(flags *pflag.FlagSet) {
	flags.StringVar(&s.wanted.Color, "color", "auto", "colours: never, 16, 256, true, or auto: as TERM, COLORTERM and NO_COLOR say")
	flags.StringVar(&s.wanted.Theme, "theme", "", "background: dark, light, or auto (default $PODTRACER_THEME, else as COLORFGBG says, else readable on both)")
	flags.Var(choice{&s.wanted.ASCII}, "ascii", "draw with ASCII only, or --ascii=false: with symbols (default: as TERM and the locale say)")
	flags.Lookup("ascii").NoOptDefVal = "true"
}

// Look is how the console looks on this terminal.
func (s *Screen) Look() (style.Look, error) { return style.LookOf(s.wanted, os.Getenv) }

// Recording begins the recording that is asked for; nil if none is.
func (s *Screen) Recording() (*tty.Recording, error) {
	if s.Record == "" {
		return nil, nil
	}
	return tty.NewRecording(s.Record)
}

// choice is a flag that is yes, no or not given.
type choice struct{ to **bool }

// Type names the value in the help.
func (c choice) Type() string { return "bool" }

func (c choice) String() string {
	if c.to == nil || *c.to == nil {
		return ""
	}
	return strconv.FormatBool(**c.to)
}

// Set reads the flag's value.
func (c choice) Set(text string) error {
	yes, err := strconv.ParseBool(text)
	if err == nil {
		*c.to = &yes
	}
	return err
}
