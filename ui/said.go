package ui

import (
	"slices"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/margin"
)

// saidMsg is what a credential plugin said while the console has the terminal: the newest lines, the oldest of them first.
type saidMsg struct {
	said    []k8s.Said
	version uint64
}

// hear shows what a credential plugin says, unless it is what it said before, as plugins do each time that they are asked. The help
// keeps it.
func (m *model) hear(said []k8s.Said) {
	newest := said[len(said)-1].Text
	if len(m.said) == 0 || m.said[len(m.said)-1].Text != newest {
		m.notice = m.notice.And("the credential plugin said: "+cells.Clean(newest)+" (the help shows it again)", margin.WorthALook)
	}
	m.said = said
}

// saidRows are the rows of the help, the newest first.
func saidRows(said []k8s.Said) []help.Row {
	var rows []help.Row
	for _, s := range slices.Backward(said) {
		rows = append(rows, help.Said(s.At.Format("15:04:05"), cells.Clean(s.Text)))
	}
	return rows
}
