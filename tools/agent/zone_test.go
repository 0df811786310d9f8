package agent

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestATimeZoneIsUnderstoodByTools(t *testing.T) {
	for _, minutes := range []int{0, 60, -60, 330, -210, 840, -720, 345, -30} {
		at := time.Unix(1_782_907_200, 0).In(time.FixedZone("ANY", minutes*60))
		cmd := exec.Command("date", "-d", "@1782907200", "+%H:%M %z")
		cmd.Env = []string{"TZ=" + zone(at)}
		out, err := cmd.Output()
		if want := at.Format("15:04 -0700"); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s: got %q, want %q, %v", zone(at), out, want, err)
		}
	}
}
