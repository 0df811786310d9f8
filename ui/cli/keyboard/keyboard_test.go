package keyboard

import (
	"io"
	"testing"
	"testing/synctest"
)

// A helper may take minutes: until the tool reads, ctrl+c is for podtracer. What else is typed waits for the tool.
func TestUntilTheToolReadsCtrlCInterruptsPodtracer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, write := io.Pipe()
		interrupts := 0
		k := &Keyboard{Keys: make(chan []byte), interrupt: func() { interrupts++ }, done: t.Context().Done()}
		k.working.Go(func() { k.read(read) })
		types := func(keys string) {
			if _, err := io.WriteString(write, keys); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		types("ls")
		types("\x03")
		types("\r")
		if interrupts != 1 || k.Interrupted() {
			t.Errorf("%d interrupts, of the tool: %v", interrupts, k.Interrupted())
		}
		k.working.Go(k.Begun)
		if got := <-k.Keys; string(got) != "ls\r" {
			t.Errorf("the tool gets %q first", got)
		}
		synctest.Wait()
		types("\x03")
		if got := <-k.Keys; string(got) != "\x03" || interrupts != 1 || !k.Interrupted() {
			t.Errorf("then it gets %q; %d interrupts, of the tool: %v", got, interrupts, k.Interrupted())
		}
		write.Close()
		k.working.Wait()
	})
	var nobody *Keyboard
	nobody.Begun()
}
