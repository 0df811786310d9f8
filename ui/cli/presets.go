package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/command"
)

const (
	longestPreset = 4096 // bytes of a field
	presetsFile   = "presets.yaml"
	presetsBytes  = 1 << 20 // a larger file is not a list of presets
	presetHint    = "a list of presets, each with name and tool, and perhaps symptom, arguments and why"
)

// presetsPath is where a person's own presets are; "" if there is no home directory.
func presetsPath() string {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // as the XDG specification says
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "podtracer", presetsFile)
}

// ownPresets reads a person's own presets; without a file there are none. With an error it also returns the presets without
// mistakes.
func ownPresets(path string) ([]command.Preset, error) {
	if path == "" {
		return nil, nil
	}
	text, err := readPresets(path)
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

// readPresets reads the file, which only the person may have made: its commands run as the person.
func readPresets(path string) ([]byte, error) {
	place, err := newfile.Follow(path)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	if place.Info == nil {
		return nil, fs.ErrNotExist
	}
	if !place.Info.Mode().IsRegular() || place.Info.Size() > presetsBytes {
		return nil, fmt.Errorf("%s is not a file of presets, or is larger than 1 MiB", path)
	}
	file, err := place.OpenOwn()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // the file was only read
	return io.ReadAll(io.LimitReader(file, presetsBytes))
}

// parsePresets reads presets strictly; a preset with a mistake is left out.
//
// Errors: presets.yaml:LINE: what is wrong there, of the first few mistakes, with a hint.
func parsePresets(text []byte) ([]command.Preset, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, notYAML(text, err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		return nil, presetError(&second, "a second document", "all presets are in one list: remove the ---")
	} else if !errors.Is(err, io.EOF) {
		return nil, notYAML(text, err)
	}
	list := document.Content[0]
	if list.Tag == "!!null" {
		return nil, nil
	}
	if list.Kind != yaml.SequenceNode {
		return nil, presetError(list, "this is not a list", "each preset begins with a dash: - name: …")
	}
	var presets []command.Preset
	var wrong []error
	lines := map[string]int{}
	for _, item := range list.Content {
		p, err := parsePreset(item)
		if line, ok := lines[p.Name]; ok && err == nil {
			err = presetError(item, fmt.Sprintf("there is a preset %q already, in line %d", p.Name, line), "give each a name of its own")
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

// firstOf are the first mistakes, a line each, and the number of the others.
func firstOf(wrong []error) error {
	const most = 3
	if len(wrong) <= most {
		return errors.Join(wrong...)
	}
	return fmt.Errorf("%w\nand %d more mistakes", errors.Join(wrong[:most-1]...), len(wrong)-most+1)
}

func parsePreset(item *yaml.Node) (command.Preset, error) {
	var p command.Preset
	if item.Kind != yaml.MappingNode {
		return p, presetError(item, "this is not a preset", presetHint)
	}
	fields := map[string]*string{"name": &p.Name, "symptom": &p.Symptom, "tool": &p.Tool, "arguments": &p.Args, "why": &p.Why}
	seen := map[string]bool{}
	for i := 0; i+1 < len(item.Content); i += 2 {
		name, value := item.Content[i], item.Content[i+1]
		field, ok := fields[name.Value]
		if !ok {
			return p, presetError(name, fmt.Sprintf("unknown field %q", name.Value), "the fields are name, symptom, tool, arguments and why")
		}
		if seen[name.Value] {
			return p, presetError(name, name.Value+" appears here a second time", "each preset begins with a dash")
		}
		seen[name.Value] = true
		text, err := presetText(name.Value, value)
		if err != nil {
			return p, err
		}
		*field = text
	}
	switch {
	case p.Name == "":
		return p, presetError(item, "a preset without a name", presetHint)
	case p.Tool == "":
		return p, presetError(item, fmt.Sprintf("preset %q has no tool", p.Name), "for example tool: tcpdump")
	default:
		return p, nil
	}
}

// presetText is a field's text, which must be one line of visible characters.
func presetText(field string, value *yaml.Node) (string, error) {
	if value.Kind != yaml.ScalarNode || value.Tag != "!!str" && value.Tag != "!!int" {
		return "", presetError(value, field+" is not text", "write it in quotes")
	}
	text := strings.TrimSpace(value.Value)
	switch {
	case !printable.Is(text):
		return "", presetError(value, field+" contains a line break or an invisible character", "write it on one line")
	case len(text) > longestPreset:
		return "", presetError(value, fmt.Sprintf("%s is longer than %d bytes", field, longestPreset), "make it shorter")
	}
	if field == "arguments" {
		if _, err := command.Split(text); err != nil {
			return "", presetError(value, err.Error(), hint.Of(err))
		}
	}
	if field == "tool" && strings.ContainsAny(text, " '\"") {
		return "", presetError(value, fmt.Sprintf("tool %q is more than the name of a program", text), "what comes after the name belongs in arguments")
	}
	return text, nil
}

func presetError(at *yaml.Node, what, advice string) error {
	return hint.Add(fmt.Errorf("%s:%d: %s", presetsFile, at.Line, what), advice)
}

// yamlLine finds the line where the parser noticed a mistake.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func notYAML(text []byte, err error) error {
	what := yamlLine.ReplaceAllString(err.Error(), "")
	return hint.Add(fmt.Errorf("%s:%d: %s", presetsFile, firstWrongLine(text, what), what), "this is not YAML: put a text with : or # in quotes")
}

// firstWrongLine is the line where the YAML becomes invalid. The parser only knows where it was, which may be a line earlier, or
// at the end of a text whose quotes were never closed.
func firstWrongLine(text []byte, what string) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	return 1 + sort.Search(len(lines)-1, func(i int) bool { // every text that ends after that line has the mistake in it
		err := yaml.Unmarshal(bytes.Join(lines[:i+1], nil), new(yaml.Node))
		return err != nil && yamlLine.ReplaceAllString(err.Error(), "") == what
	})
}
