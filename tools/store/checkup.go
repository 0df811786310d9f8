package store

import (
	"errors"
	"fmt"

	"github.com/fennec-project/podtracer/internal/checkup"
	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/owndir"
)

// Checkup checks whether captures can be kept in a data directory, and how much room there is. It creates the directory.
func Checkup(root string) checkup.Finding {
	const subject = "data directory"
	dir, err := owndir.Make(root)
	if err != nil {
		return unkept(subject, fmt.Errorf("open data directory: %w", err))
	}
	free, _, err := dir.Space()
	if err := errors.Join(err, probe(dir), dir.Close()); err != nil {
		return unkept(subject, err)
	}
	found := checkup.Good(subject, root+", "+figures.Bytes(free)+" free")
	if free < 1<<30 {
		found.State, found.Means = checkup.Warning, "a capture stops before it reaches 1 GiB, because some of the disk has to stay free"
		found.Advice = "remove files there, which the command runs lists, or name another directory with --data-dir"
	}
	return found
}

func unkept(subject string, err error) checkup.Finding {
	return checkup.Finding{Subject: subject, State: checkup.Failure, Found: err.Error(), Means: "nothing can be captured", Advice: hint.Of(err)}
}
