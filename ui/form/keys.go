package form

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/keys"
)

// Key handles a key and updates the completion. It says whether the person leaves the form.
func (f *Form) Key(k tea.KeyMsg) (cmd tea.Cmd, left bool) {
	if f.At() == atTools || f.At() == AtText {
		cmd, left = f.keyForm(k)
	} else {
		f.keyList(k)
	}
	f.complete()
	return cmd, left
}

// keyList handles a key while the presets or the history are shown.
func (f *Form) keyList(k tea.KeyMsg) {
	if f.presets.open {
		f.keyPresets(k)
		return
	}
	f.keyHistory(k)
}

func (f *Form) keyForm(k tea.KeyMsg) (cmd tea.Cmd, left bool) {
	switch {
	case f.keyCompletion(k):
	case k.String() == "ctrl+r":
		f.past.show(&f.history, f.tool().Name)
	case k.String() == "ctrl+p", k.String() == "p" && f.At() == atTools:
		f.presets.show(len(f.marked))
	case k.String() == "ctrl+y", k.String() == "ctrl+g":
		return f.copy(k.String() == "ctrl+g"), false
	case key.Matches(k, keys.Back):
		return nil, true
	case key.Matches(k, keys.Enter):
		return f.submit(), false
	default:
		return f.update(k), false
	}
	return nil, false
}

// update handles a key other than Enter and Esc.
func (f *Form) update(k tea.KeyMsg) tea.Cmd {
	f.err = nil
	if f.focus == onTools && f.tool().Name == anyCommand && k.Type == tea.KeyRunes { // the letters are the beginning of the command
		f.setFocus(onArguments)
	}
	switch {
	case key.Matches(k, keys.Whole):
		f.toggleWhole()
		return nil
	case k.String() == "shift+tab":
		f.setFocus(f.focus - 1)
		return nil
	case key.Matches(k, keys.Tab):
		if f.focus != onArguments || !f.toNextBlank() {
			f.setFocus(f.focus + 1)
		}
		return nil
	case f.focus >= onFields:
		return f.updateField(k)
	case f.focus == onArguments:
		return f.updateArguments(k)
	default:
		f.updateTools(k)
		return nil
	}
}

// updateTools handles a key in the list of tools.
func (f *Form) updateTools(k tea.KeyMsg) {
	by := 0
	switch {
	case key.Matches(k, keys.Up):
		by = -1
	case key.Matches(k, keys.Down):
		by = 1
	case key.Matches(k, keys.Right):
		f.setFocus(onArguments)
	case key.Matches(k, keys.Top):
		by = -len(f.catalogue)
	case key.Matches(k, keys.Bottom):
		by = len(f.catalogue)
	}
	if by != 0 {
		f.tools.Move(by, len(f.catalogue), f.rows())
		f.load()
	}
}

// updateArguments handles a key in the arguments. Up and down walk through the history of the tool.
func (f *Form) updateArguments(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "up":
		f.walkHistory(1)
		return nil
	case "down":
		if !f.walkHistory(-1) {
			f.setFocus(onFields)
		}
		return nil
	}
	cmd := f.edit(k)
	f.typedInto()
	return cmd
}

// updateField handles a key in the field with the cursor. Up and down move by rows of fields.
func (f *Form) updateField(k tea.KeyMsg) tea.Cmd {
	at, last := f.focus-onFields, len(fieldsOf(f.packets))-1
	switch {
	case k.String() == "up" && at < 2:
		f.setFocus(onArguments)
	case k.String() == "up":
		f.setFocus(f.focus - 2)
	case k.String() == "down":
		f.setFocus(onFields + min(at+2, last))
	case f.field() == headersOnly:
		if k.String() == " " || k.String() == ticked {
			f.fields.tick()
		}
	default:
		var cmd tea.Cmd
		in := &f.fields.inputs[f.field()]
		*in, cmd = in.Update(k)
		f.keep()
		return cmd
	}
	f.keep()
	return nil
}

// copy copies the chosen command, as a podtracer run line or plain.
func (f *Form) copy(plain bool) tea.Cmd {
	argv, err := f.argv()
	if err == nil && len(argv) == 0 {
		err = errNoCommand
	}
	if err != nil {
		f.err = err
		return nil
	}
	if f.err = f.unfilled(); f.err != nil {
		return nil
	}
	if pair, ok := f.pair(); ok {
		if f.err = pairOf(f.marked, f.deps.Launcher.Reach); f.err != nil {
			return nil
		}
		return f.copyPair(pair, plain)
	}
	if plain {
		return f.deps.Copy(command.Join(argv))
	}
	return f.deps.Copy(f.commandLine(f.targets(), argv))
}
