package option

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
)

func TestAVariableStandsForAFlagThatWasNotGiven(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	timer := flags.DurationP("timer", "t", 0, "")
	pods := flags.StringArray("pod", nil, "")
	size := flags.String("max-size", "none", "")
	each := flags.Bool("each", false, "")
	dir := flags.String("data-dir", "", "")
	empty := flags.String("file", "default", "")
	apart := flags.Bool("apart", false, "")
	_ = flags.MarkHidden("apart")
	if err := flags.Parse([]string{"--max-size", "given"}); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{
		"PODTRACER_TIMER": "30s", "PODTRACER_POD": "shop/cart", "PODTRACER_MAX_SIZE": "not taken", "PODTRACER_EACH": "true",
		"PODTRACER_DATA_DIR": "not taken", "PODTRACER_FILE": "", "PODTRACER_SERVICE_HOST": "10.0.0.1", "PODTRACER_APART": "true",
	}
	lookup := func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	if err := TakeEnvironment(flags, lookup); err != nil {
		t.Fatal(err)
	}
	if *timer != 30*time.Second || strings.Join(*pods, " ") != "shop/cart" || *size != "given" || !*each || *dir != "" || *empty != "default" || *apart {
		t.Errorf("%v, %v, %q, %v, %q, %q, %v", *timer, *pods, *size, *each, *dir, *empty, *apart)
	}
}

func TestAVariableWithAWrongValueIsNamed(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.DurationP("timer", "t", 0, "")
	err := TakeEnvironment(flags, func(name string) (string, bool) { return map[string]string{"PODTRACER_TIMER": "soon"}[name], true })
	if err == nil || !strings.Contains(err.Error(), `$PODTRACER_TIMER is "soon": `) || !strings.Contains(hint.Of(err), "--timer") {
		t.Errorf("got %v; %s", err, hint.Of(err))
	}
}
