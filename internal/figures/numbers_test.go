package figures

import (
	"math"
	"testing"
	"time"
)

func TestNumbersAndTimesAreShortAndHaveUnits(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Age(0), "0s"}, {Age(119 * time.Second), "119s"}, {Age(2 * time.Minute), "2m"}, {Age(5 * time.Hour), "5h"}, {Age(72 * time.Hour), "3d"}, {Age(-time.Hour), "0s"},
		{Elapsed(31 * time.Second), "00:31"}, {Elapsed(3723 * time.Second), "1:02:03"},
		{Count(7), "7"}, {Count(1204), "1,204"}, {Count(1234567), "1,234,567"}, {Count(-1204), "-1,204"}, {Count(int64(math.MinInt64)), "-9,223,372,036,854,775,808"},
		{Plural(1, "packet"), "1 packet"}, {Plural(0, "line"), "0 lines"},
		{Duration(30 * time.Minute), "30m"}, {Duration(90 * time.Second), "1m30s"}, {Duration(time.Hour), "1h"}, {Duration(10 * time.Minute), "10m"},
		{Bytes(913), "913 B"}, {Bytes(1_300_000), "1.3 MB"}, {Bytes(2_500_000_000), "2.5 GB"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
