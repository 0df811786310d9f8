package checkup

import "testing"

func TestACommandOfAHintHasALineOfItsOwn(t *testing.T) {
	got := Lines([]Finding{
		Good("API server", "answers"),
		{Subject: "rights", State: Failure, Found: "none:\nto list\x1b", Means: "nothing works", Advice: "give them with: kubectl create x && kubectl create y\nor ask"},
	})
	want := `ok       API server  answers
failure  rights      none:
                     to list\x1b
                     nothing works
                     hint: give them with:
                       kubectl create x &&
                       kubectl create y
                     hint: or ask

1 ok, warnings: 0, failures: 1
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
