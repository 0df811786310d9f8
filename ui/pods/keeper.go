package pods

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/owndir"
)

// favouritesMsg brings the favourites that an earlier console kept.
type favouritesMsg struct {
	kept favourites
	err  error
}

// favouritesKeptMsg says whether the favourites were written.
type favouritesKeptMsg struct{ err error }

const (
	favouritesFile = "favourites.json"
	favouritesSize = 256 << 10 // bytes; a larger file is not podtracer's
)

// loadFavourites reads the favourites kept in the directory; without a file there are none.
func loadFavourites(dir string) tea.Msg {
	var kept favourites
	if dir == "" {
		return nil
	}
	text, err := owndir.ReadFile(dir, favouritesFile, favouritesSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		err = hint.Add(fmt.Errorf("read favourites: %w", err), "remove "+filepath.Join(dir, favouritesFile)+"; until then they are kept for this console only")
	}
	return favouritesMsg{kept, err}
}

// keeper writes favourites and never replaces a newer edition: the commands that bring them may come in any order.
type keeper struct {
	dir    string // "" for nowhere
	mu     sync.Mutex
	newest uint64 // last edition that was written or tried
}

// keep writes the favourites, completely or not at all.
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
	state, err := owndir.Make(dir)
	if err != nil {
		return err
	}
	defer state.Close()
	return state.Replace(favouritesFile, append(text, '\n'))
}
