// Package detached keeps what is to be known of runs that go on without a console, for whoever attaches to them: each has a directory in
// the data directory, beside the sessions, which its podtracer locks for as long as it lives.
//
//	<root>/detached/<id>/about.json  what it is, and how far it has come (About)
//	<root>/detached/<id>/words       what the tool, and podtracer, say beside the output; of what the tool says no more than mostHeard
//	<root>/detached/<id>/reached     how many bytes of the spool are the output (8 bytes, big-endian); the rest may still be cut off
//	<root>/detached/<id>/stop        is made by somebody who stops it
//	<root>/detached/<id>/room        room on the disk for the last words
//
// The output is in the spool of the run, as always; <id> is its name in the store. Nothing here is a promise to the run: it goes on if
// all of this is removed.
//
// The door: Begin and Log for the run itself; List, Open, Stop and Remove for everybody else; Spawn.
package detached

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// About is what a detached run is, and how far it has come.
type About struct {
	ID      string
	By      string // the person who started it
	Pod     string // namespace/name
	Node    string
	Argv    []string
	Capture bool      // the output is packets
	Ring    bool      // only the newest of them
	Alone   bool      // the pod that it runs in is there for it alone
	Adopted bool      `json:",omitempty"` // a console has started its tool, and handed it over
	Began   time.Time // when it was started
	Until   time.Time // it is stopped then, at the latest
	Ended   time.Time // zero while it goes on
	Status  int       // exit status that `podtracer run` would have had
	Stands  string    // how far it has come or how it ended, in words
	Said    int64     `json:",omitempty"` // bytes that were said beside the output, when it has ended; 0 if its podtracer is an older one
	Killed  bool      `json:",omitempty"` // its podtracer has ended without saying how the run ended; it is found out with each reading

	Standing *Standing `json:",omitempty"` // nil if its podtracer is an older one

	Unread string `json:",omitempty"` // why nothing but its ID can be read, and whether its podtracer lives
}

// Found is a detached run, and where it is: NAMESPACE/POD:ID, or the ID for one in this data directory.
type Found struct {
	About
	Place string
}

// Started is what a process that was spawned says, once: the ID of its run, or why there is none.
type Started struct{ ID, Error, Hint string }

// ErrUnread says that what a run is cannot be read: it is there, and nothing may be forgotten of it.
var ErrUnread = errors.New("what is known of the run cannot be read")

// Err is ErrUnread, and why; nil for a run of which is known what it is.
func (a About) Err() error {
	if a.Unread == "" {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrUnread, a.Unread)
}

// Over says whether the run does not go on.
func (a About) Over() bool { return !a.Ended.IsZero() || a.Killed }

// Starting is how a run stands before its tool runs.
const Starting = "starting"

// Follows says whether the tool runs and its podtracer follows it.
func (a About) Follows() bool { return !a.Over() && a.Stands != Starting }

// Wrote says whether the run has written anything, as far as is known.
func (a About) Wrote() bool { return a.Standing != nil && a.Standing.Bytes > 0 }

const (
	dirName     = "detached"
	aboutName   = "about.json"
	wordsName   = "words"
	reachedName = "reached"
	stopName    = "stop"
	roomName    = "room"
	mostAbout   = 4 << 20 // bytes; a command line has at most 2 MiB
)

// idForm matches the names of runs in the store.
var idForm = regexp.MustCompile(`^[a-z2-7]{5}-[1-9][0-9]{0,8}$`)

// ErrNone says that there is no such detached run.
var ErrNone = errors.New("no such detached run")

// open opens the directory of all detached runs.
func open(root string, make bool) (*owndir.Dir, error) {
	opened := owndir.Open
	if make {
		opened = owndir.Make
	}
	dir, err := opened(root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if make {
		return dir.MakeSub(dirName)
	}
	return dir.Sub(dirName)
}

// List lists the detached runs of a data directory, by age. Those that cannot be read are listed as such.
func List(root string) ([]About, error) {
	all, err := open(root, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer all.Close()
	names, err := all.Names()
	if err != nil {
		return nil, err
	}
	var found []About
	for _, name := range names {
		a, err := read(all, name)
		if errors.Is(err, fs.ErrNotExist) { // it is being made, or was removed
			continue
		}
		if err != nil {
			a.Unread = err.Error()
		}
		found = append(found, a)
	}
	slices.SortFunc(found, func(a, b About) int { return a.Began.Compare(b.Began) })
	return found, nil
}

// Decode reads what another podtracer has listed, or a pod that only says that it is one. People take the IDs for their next commands, so
// they are none but IDs; numbers are such as a podtracer may say.
func Decode(listed []byte) (found []About, err error) {
	if err := json.Unmarshal(listed, &found); err != nil {
		return nil, fmt.Errorf("read the list of detached runs: %w", err)
	}
	for i := range found {
		a := &found[i]
		if !idForm.MatchString(a.ID) {
			return nil, fmt.Errorf("read the list of detached runs: %.40q is not the ID of a run", a.ID)
		}
		a.bound()
	}
	return found, nil
}

// Find returns what a detached run is.
//
// Errors: ErrNone.
func Find(root, id string) (About, error) {
	all, err := open(root, false)
	if err != nil {
		return About{}, none(id, err)
	}
	defer all.Close()
	a, err := read(all, id)
	return a, none(id, err)
}

func none(id string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %q", ErrNone, id)
	}
	return err
}

// sub opens the directory of a run.
func sub(all *owndir.Dir, id string) (*owndir.Dir, error) {
	if !idForm.MatchString(id) {
		return nil, fs.ErrNotExist
	}
	return all.Sub(id)
}

// read reads what a run is. With an error, it is only known which it is, and whether its podtracer lives.
func read(all *owndir.Dir, id string) (a About, err error) {
	dir, err := sub(all, id)
	if err != nil {
		return About{ID: id}, err
	}
	defer dir.Close()
	if _, err := dir.Size(aboutName); err != nil { // fs.ErrNotExist: it is not locked yet
		return About{ID: id}, err
	}
	lives := dir.Share() != nil // before it is read what became of it
	text, err := dir.Read(aboutName, mostAbout)
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	if err != nil {
		return About{ID: id, Killed: !lives}, fmt.Errorf("read %s: %w", dir.Join(aboutName), err)
	}
	a.ID, a.Killed, a.Unread = id, !lives && a.Ended.IsZero(), ""
	return a, nil
}

// Words opens what is said beside the output of a run.
func Words(root, id string) (*os.File, error) { return openFile(root, id, wordsName) }

// Reached is how many bytes of the spool of a run are its output.
func Reached(root, id string) (int64, error) {
	f, err := openFile(root, id, reachedName)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	number := make([]byte, 8)
	_, err = f.ReadAt(number, 0)
	if errors.Is(err, io.EOF) { // which would pass for the end of the output
		err = fmt.Errorf("read %s: %w", f.Name(), io.ErrUnexpectedEOF)
	}
	if err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(number)), nil
}

func openFile(root, id, name string) (*os.File, error) {
	all, err := open(root, false)
	if err != nil {
		return nil, none(id, err)
	}
	defer all.Close()
	dir, err := sub(all, id)
	if err != nil {
		return nil, none(id, err)
	}
	defer dir.Close()
	return dir.OpenFile(name, os.O_RDONLY)
}

// Stop asks for the end of a run, which comes within some seconds. A run that has ended is no error.
func Stop(root, id string) error {
	all, err := open(root, false)
	if err != nil {
		return none(id, err)
	}
	defer all.Close()
	dir, err := sub(all, id)
	if err != nil {
		return none(id, err)
	}
	defer dir.Close()
	return dir.Replace(stopName, nil)
}

var errGoesOn = errors.New("the run goes on")

// Remove removes what is known of a run that does not go on. Its output stays.
func Remove(root, id string) error {
	a, err := Find(root, id)
	if err != nil {
		return err
	}
	if !a.Over() {
		return fmt.Errorf("remove %s: %w", id, errGoesOn)
	}
	all, err := open(root, false)
	if err != nil {
		return err
	}
	defer all.Close()
	dir, err := sub(all, id)
	if err != nil {
		return none(id, err)
	}
	defer dir.Close()
	names, err := dir.Names()
	errs := []error{err}
	for _, name := range names {
		errs = append(errs, dir.Remove(name))
	}
	return errors.Join(append(errs, all.RemoveDir(id))...)
}
