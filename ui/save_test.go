package ui

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
)

// unfit are runs whose output cannot have the form that is asked for.
type unfit struct {
	Runs
	err, rescue error
}

func (u unfit) Save(context.Context, tools.RunID, save.Target) (save.File, error) {
	return save.File{}, u.err
}

func (u unfit) Rescue(_ context.Context, _ tools.RunID, wanted save.Target) (save.File, error) {
	if wanted != (save.Target{}) {
		return save.File{}, errors.New("it was tried again in a form that it cannot have")
	}
	return save.File{Path: "/data/cart.raw", Bytes: 63}, u.rescue
}

func TestWhatCannotBeSavedAsAskedIsKeptAsTheToolWroteItAndBothAreSaid(t *testing.T) {
	form := fmt.Errorf("save x.pcapng: %w: no pcap", save.ErrForm)
	full := errors.New("no space left on device")
	p := before(t, 80, 24, busy())
	p.press("s")
	p.tell(saveRun(t.Context(), unfit{err: form}, 1, true, save.Target{Path: "x.pcapng"}))
	p.sees("/data/cart.raw", "as the tool wrote it", "no pcap", "saved 63 B")
	if p.m.saving || p.m.kept[1].Path != "/data/cart.raw" {
		t.Errorf("it is not taken for saved: %+v", p.m.kept)
	}
	for _, c := range []unfit{{err: full}, {err: form, rescue: full}} {
		p.press("s")
		p.tell(saveRun(t.Context(), c, 1, true, save.Target{Path: "x.pcapng"}))
		p.sees("no space left")
		if !p.m.saving {
			t.Error("one cannot try another place")
		}
		p.press("esc")
	}
}
