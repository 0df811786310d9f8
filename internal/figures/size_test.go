package figures

import (
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
)

func TestSizesAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]int64{
		"1000": 1000, "64KiB": 64 << 10, "256MiB": 256 << 20, "1GiB": 1 << 30, "1Gi": 1 << 30, "100MB": 100e6, "100 mb": 100e6, "1.5G": 1.5e9,
		" 7B ": 7, "none": -1, "None": -1,
	} {
		if got, err := ParseSize(text); got != want || err != nil {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "-1", "0", "0.3", "1e30", "NaN", "inf", "MiB", "1 2", "10XiB"} {
		if got, err := ParseSize(text); err == nil || hint.Of(err) == "" {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}
