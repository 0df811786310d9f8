package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/ui/cli/keyboard"
	"github.com/fennec-project/podtracer/ui/cli/option"
	"github.com/fennec-project/podtracer/ui/tty"
)

func newRecord(o *options) *cobra.Command {
	screen := &option.Screen{}
	record := &cobra.Command{
		Use:   "record FILE",
		Short: "Open the console and record its screen",
		Long: `Open the console and record what its screen shows into a new file, an asciicast of version 2, which podtracer replay and
asciinema play. Nobody else can read the file. The recording ends with the console, at 256 MiB, or when the disk is
full; the console says so, and goes on.`,
		Example: "  podtracer record incident.cast\n  podtracer demo --record demo.cast\n  podtracer replay incident.cast",
		Args:    oneFile,
		RunE: func(c *cobra.Command, args []string) error {
			screen.Record = args[0]
			return runConsole(c.Context(), o, screen)
		},
	}
	screen.AddLookTo(record.Flags())
	return record
}

func newReplay(o *options) *cobra.Command {
	r := tty.Replay{In: o.streams.In, Out: o.streams.Out}
	replay := &cobra.Command{
		Use:   "replay FILE",
		Short: "Play what was recorded",
		Long: `Play a recording (asciicast v2). space pauses and goes on, q leaves. Only what draws reaches the terminal: a recording cannot
ask it anything, write to its clipboard or change what its keys send.`,
		Example: "  podtracer replay incident.cast --speed 2 --max-idle 1s",
		Args:    oneFile,
		RunE: func(c *cobra.Command, args []string) error {
			if !(r.Speed >= 0.01 && r.Speed <= 1000) || r.MaxIdle < 0 {
				return hint.Add(errors.New("--speed is 0.01 to 1000, --max-idle is not negative"), "see: "+c.CommandPath()+" --help")
			}
			return o.replay(c.Context(), r, args[0])
		},
	}
	replay.Flags().Float64Var(&r.Speed, "speed", 1, "speed; 2 plays twice as fast")
	replay.Flags().DurationVar(&r.MaxIdle, "max-idle", 2*time.Second, "longest pause; 0 keeps pauses as they were")
	return replay
}

func oneFile(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return hint.Add(errors.New("one FILE is needed"), "see: "+c.CommandPath()+" --help")
}

func (o *options) replay(ctx context.Context, r tty.Replay, path string) error {
	size := keyboard.Size(o.streams.Out)
	if size == nil {
		return hint.Add(errors.New("standard output is not a terminal"), "a recording is played on one")
	}
	file, err := openRecording(path)
	if errors.Is(err, errNoRecording) {
		err = hint.Add(err, "a recording is a file: "+o.call().Ask("record", "FILE")+" makes one")
	}
	if err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	defer func() { _ = file.Close() }() // the file was only read
	cast, err := tty.OpenCast(file)
	if err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	if cast.Width > size.Columns || cast.Height > size.Rows {
		say(o.streams.Err, "%s was recorded on a terminal of %dx%d, this one is %dx%d: it will look different",
			path, cast.Width, cast.Height, size.Columns, size.Rows)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(readingTime):
		}
	}
	if err := r.Play(ctx, cast); err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	return nil
}

var errNoRecording = errors.New("it is not a file")

// openRecording opens a regular file only: opening a device may have effects, and opening a FIFO blocks.
func openRecording(path string) (*os.File, error) {
	place, err := newfile.Follow(path)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	switch {
	case place.Info == nil:
		return nil, os.ErrNotExist
	case !place.Info.Mode().IsRegular():
		return nil, errNoRecording
	default:
		return place.Open()
	}
}

// readingTime is how long a warning stays on the screen before the recording covers it.
const readingTime = 2 * time.Second
