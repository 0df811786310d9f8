package pods

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// FuzzFavouritesThatWereKept tries files of any kind in their place.
func FuzzFavouritesThatWereKept(f *testing.F) {
	f.Add([]byte(`{"favourites":["shop/cart","\u001b[2J/\u202e"],"used":["/",""]}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, favouritesFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		l := listed(fakes.Cluster(k8s.Pod{Namespace: "shop", Name: "cart"}), dir)
		if msg, ok := l.Load()().(Msg); ok {
			_ = l.Take(msg)
		}
		if pods := l.found(); len(pods) != 1 {
			t.Errorf("%q gives %v", text, pods)
		}
	})
}
