package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/tools/report"
)

// checkFile refuses a file that exists before anything runs, not after a capture that then cannot be saved.
func (r *runOptions) checkFile() error {
	if r.file == "" || r.each { // the name of each file is known only with its pod
		return nil
	}
	return r.checkOwnFile(r.file)
}

// checkOwnFile refuses a file that exists, or that is the standard output or the report.
func (r *runOptions) checkOwnFile(path string) error {
	if place, err := newfile.Find(path); err == nil {
		defer place.Close()
		if place.Info != nil && r.isOutput(place.Info) {
			return hint.Add(fmt.Errorf("-f %s: it is standard output, which would be replaced", path), "leave -s out, or choose another name")
		}
	}
	file, _ := filepath.Abs(path)
	if report, _ := filepath.Abs(r.report); r.report != "" && file == report {
		return reportIsFile(path)
	}
	return checkPlace("-f", path, r.overwrite)
}

// checkPlace says why a file cannot be saved at path. Only regular files are replaced: replacing a device or a link would destroy
// it.
func checkPlace(what, path string, overwrite bool) error {
	if path == "-" {
		return noPlace(what)
	}
	place, err := newfile.Find(path)
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, path, err)
	}
	defer place.Close()
	switch info := place.Info; {
	case info == nil:
	case info.IsDir():
		return hint.Add(fmt.Errorf("%s %s: it is a directory", what, path), "name a file in it")
	case !info.Mode().IsRegular():
		return hint.Add(fmt.Errorf("%s %s: it is not a file, and is not replaced", what, path), "choose another name")
	case !overwrite:
		return hint.Add(fmt.Errorf("%s %s: %w", what, path, newfile.ErrExists), "choose another name, or replace it with --overwrite")
	}
	if err := place.CheckNew(); err != nil {
		return hint.Add(fmt.Errorf("%s %s: %w", what, path, err), "name a place where you may make files")
	}
	return nil
}

// noPlace refuses -, which is standard output to some programs and a file to others.
func noPlace(what string) error {
	advice := "a file of that name is ./-"
	if what == "-f" {
		advice = "for standard output leave -f out; " + advice
	}
	return hint.Add(fmt.Errorf("%s -: it does not say whether standard output or a file is meant", what), advice)
}

// checkReport refuses, before anything runs, a report that would replace something else or that cannot be written.
func (r *runOptions) checkReport() error {
	switch r.report {
	case "":
		return nil
	case "-":
		return noPlace("--report")
	}
	path, _ := filepath.Abs(r.report)
	if file, _ := filepath.Abs(r.file); r.file != "" && file == path { // also in a directory that does not exist
		return reportIsFile(r.file)
	}
	place, err := r.reportPlace()
	if err != nil {
		return err
	}
	defer place.Close()
	if err := place.CheckRewrite(); err != nil {
		return hint.Add(fmt.Errorf("--report %s: %w", r.report, err), "name a file that can be written")
	}
	return nil
}

// reportPlace finds where the report goes, and refuses a path that would replace the saved file, the output, or a file that is
// not a report.
func (r *runOptions) reportPlace() (*newfile.Place, error) {
	place, err := newfile.Follow(r.report)
	if err != nil {
		return nil, fmt.Errorf("--report %s: %w", r.report, err)
	}
	if err := r.checkReportPlace(place); err != nil {
		place.Close()
		return nil, err
	}
	return place, nil
}

func (r *runOptions) checkReportPlace(place *newfile.Place) error {
	if r.file != "" {
		if file, err := newfile.Find(r.file); err == nil {
			defer file.Close()
			if place.IsSame(file) {
				return reportIsFile(r.file)
			}
		}
	}
	if place.Info == nil {
		return nil
	}
	if r.isOutput(place.Info) {
		return hint.Add(fmt.Errorf("--report %s: it is standard output, which is the tool's", r.report), "name a file, or save the output with -f")
	}
	if !place.Info.Mode().IsRegular() || place.Info.Size() == 0 {
		return nil
	}
	f, err := place.Open()
	if err != nil {
		return nil // a file that cannot be read may still be writable
	}
	defer f.Close()
	first := make([]byte, len(report.Beginning))
	if n, err := io.ReadFull(f, first); n > 0 && (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) && string(first[:n]) != report.Beginning {
		return hint.Add(fmt.Errorf("--report %s: it exists already and is not a report", r.report), "choose another name")
	}
	return nil
}

func reportIsFile(path string) error {
	return hint.Add(fmt.Errorf("-f and --report are both %s", path), "the report is a file of its own")
}

// isOutput says whether something is where the tool's output goes and would be damaged by more text. A terminal shows both.
func (r *runOptions) isOutput(info os.FileInfo) bool {
	if r.file != "" && !r.stdout || info.Mode()&os.ModeCharDevice != 0 {
		return false
	}
	out, err := r.streams.Out.Stat()
	return err == nil && os.SameFile(out, info)
}
