package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/command"
)

const (
	longestPreset = 4096 // bytes of a field
	presetsFile   = "presets.yaml"
	presetHint    = "a list of presets, each with name and tool, and perhaps symptom, arguments and why"
)

// Presets reads a person's own presets; without a file there are none. With an error it also returns the presets without mistakes.
func Presets() ([]command.Preset, error) { return presetsIn(Path(presetsFile)) }

func presetsIn(path string) ([]command.Preset, error) {
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read own presets: %w", err)
	}
	presets, err := parsePresets(text)
	if err != nil {
		return presets, hint.Add(err, fmt.Sprintf("the file is %s; until it is corrected, %d of your presets are available", path, len(presets)))
	}
	return presets, nil
}

// parsePresets reads presets strictly; a preset with a mistake is left out.
//
// Errors: presets.yaml:LINE: what is wrong there, of the first few mistakes, with a hint.
func parsePresets(text []byte) ([]command.Preset, error) {
	file := source{presetsFile, text}
	list, err := file.parse()
	if list == nil || err != nil {
		return nil, err
	}
	if list.Kind != yaml.SequenceNode {
		return nil, file.wrong(list, "this is not a list", "each preset begins with a dash: - name: …")
	}
	var presets []command.Preset
	var wrong []error
	lines := map[string]int{}
	for _, item := range list.Content {
		p, err := file.preset(item)
		if line, ok := lines[p.Name]; ok && err == nil {
			err = file.wrong(item, fmt.Sprintf("there is a preset %q already, in line %d", p.Name, line), "give each a name of its own")
		}
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		lines[p.Name] = item.Line
		presets = append(presets, p)
	}
	return presets, firstOf(wrong)
}

func (s source) preset(item *yaml.Node) (command.Preset, error) {
	var p command.Preset
	if item.Kind != yaml.MappingNode {
		return p, s.wrong(item, "this is not a preset", presetHint)
	}
	fields := map[string]*string{"name": &p.Name, "symptom": &p.Symptom, "tool": &p.Tool, "arguments": &p.Args, "why": &p.Why}
	seen := map[string]bool{}
	for i := 0; i+1 < len(item.Content); i += 2 {
		name, value := item.Content[i], item.Content[i+1]
		field, ok := fields[name.Value]
		if !ok {
			return p, s.wrong(name, fmt.Sprintf("unknown field %q", name.Value), "the fields are name, symptom, tool, arguments and why")
		}
		if seen[name.Value] {
			return p, s.wrong(name, name.Value+" appears here a second time", "each preset begins with a dash")
		}
		seen[name.Value] = true
		text, err := s.presetText(name.Value, value)
		if err != nil {
			return p, err
		}
		*field = text
	}
	switch {
	case p.Name == "":
		return p, s.wrong(item, "a preset without a name", presetHint)
	case p.Tool == "":
		return p, s.wrong(item, fmt.Sprintf("preset %q has no tool", p.Name), "for example tool: tcpdump")
	default:
		return p, nil
	}
}

// presetText is a field's text, which must be one line of visible characters.
func (s source) presetText(field string, value *yaml.Node) (string, error) {
	if value.Kind != yaml.ScalarNode || value.Tag != "!!str" && value.Tag != "!!int" {
		return "", s.wrong(value, field+" is not text", "write it in quotes")
	}
	text := strings.TrimSpace(value.Value)
	switch {
	case !printable.Is(text):
		return "", s.wrong(value, field+" contains a line break or an invisible character", "write it on one line")
	case len(text) > longestPreset:
		return "", s.wrong(value, fmt.Sprintf("%s is longer than %d bytes", field, longestPreset), "make it shorter")
	}
	if field == "arguments" {
		if _, err := command.Split(text); err != nil {
			return "", s.wrong(value, err.Error(), hint.Of(err))
		}
	}
	if field == "tool" && strings.ContainsAny(text, " '\"") {
		return "", s.wrong(value, fmt.Sprintf("tool %q is more than the name of a program", text), "what comes after the name belongs in arguments")
	}
	return text, nil
}
