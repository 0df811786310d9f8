package detached

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The longest command that is allowed is listed, however its letters are written. What is longer is refused before anything runs.
func TestTheCommandOfADetachedRunCanBeTold(t *testing.T) {
	root := t.TempDir()
	argv := []string{"tcpdump", strings.Repeat("<", mostCommand-len("tcpdump")-2)}
	if err := CheckCommand(argv); err != nil {
		t.Fatal(err)
	}
	l, err := Begin(root, About{ID: id, Argv: argv, Began: time.Now(), Stands: Starting, Standing: &Standing{Label: []byte(`"` + argv[1] + `"`)}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if all, err := List(root); err != nil || len(all) != 1 || all[0].Err() != nil {
		t.Errorf("%d runs, %v", len(all), err)
	}
	if info, err := os.Stat(filepath.Join(root, "detached", id, "about.json")); err != nil || info.Size() > 1<<20 {
		t.Errorf("it takes %d bytes, %v", info.Size(), err)
	}
	if err := CheckCommand(append(argv, "")); err == nil {
		t.Error("a longer one is allowed")
	}
}
