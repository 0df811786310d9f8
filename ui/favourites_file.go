package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
)

// favouritesMsg is what an earlier console kept.
type favouritesMsg struct {
	kept favourites
	err  error
}

// favouritesKeptMsg says whether they could be kept.
type favouritesKeptMsg struct{ err error }

const (
	favouritesFile = "favourites.json"
	favouritesSize = 256 << 10 // bytes; more is not ours
)

// loadFavourites reads what was kept in the directory; nothing was, if there is no such file.
func loadFavourites(dir string) tea.Msg {
	var kept favourites
	if dir == "" {
		return nil
	}
	path := filepath.Join(dir, favouritesFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() > favouritesSize {
		err = fmt.Errorf("%s is too large for favourites: %d bytes", path, info.Size())
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		err = hint.Add(fmt.Errorf("read favourites: %w", err), "remove "+path+"; until then they are kept for this console only")
	}
	return favouritesMsg{kept, err}
}

// keeper writes favourites, one edition after the other: the commands that bring them may come in any order.
type keeper struct {
	dir    string // "" for nowhere
	mu     sync.Mutex
	newest uint64 // edition that was written, or was tried to be
}

// keep writes them, whole or not at all.
func (k *keeper) keep(f favourites) tea.Msg {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dir == "" || f.edition < k.newest {
		return nil
	}
	k.newest = f.edition
	if err := writeFavourites(k.dir, f); err != nil {
		return favouritesKeptMsg{hint.Add(fmt.Errorf("keep favourites: %w", err), "they are kept for this console only")}
	}
	return nil
}

func writeFavourites(dir string, f favourites) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, favouritesFile+".*") // 0600
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, favouritesFile))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
