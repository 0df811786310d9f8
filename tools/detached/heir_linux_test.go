package detached

import (
	"io"
	"os"
	"strings"
	"testing"
)

const inherits = "PODTRACER_TEST_INHERITS"

// heir is the main function of a process that has got a file, and writes into it what it is told.
func heir() {
	files := Passed(1)
	_, _ = os.Stdout.WriteString("{}\n")
	order, _ := io.ReadAll(io.LimitReader(os.Stdin, 6))
	if len(order) == 0 {
		os.Exit(1)
	}
	_, _ = files[0].Write(order)
	_, _ = os.Stdout.WriteString(`{"ID":"` + id + `"}` + "\n")
}

func TestAnHeirHasTheFilesAndBeginsWhenItIsTold(t *testing.T) {
	t.Setenv(inherits, "1")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	h, err := SpawnHeir([]string{os.Args[0]}, []*os.File{write})
	if err != nil {
		t.Fatal(err)
	}
	write.Close() // the heir has its own
	got, err := h.Begin([]byte("order"))
	if err != nil || got != id {
		t.Fatalf("%q, %v", got, err)
	}
	if text, err := io.ReadAll(read); err != nil || string(text) != "order\n" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAnHeirThatIsNotNeededEnds(t *testing.T) {
	t.Setenv(inherits, "1")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	h, err := SpawnHeir([]string{os.Args[0]}, []*os.File{write})
	if err != nil {
		t.Fatal(err)
	}
	write.Close()
	h.GiveUp()
	if text, err := io.ReadAll(read); err != nil || len(text) > 0 { // until the heir has ended
		t.Errorf("%q, %v", text, err)
	}
}

func TestAProcessThatIsNoHeirIsSaid(t *testing.T) {
	if _, err := SpawnHeir([]string{"/bin/true"}, nil); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("got %v", err)
	}
}
