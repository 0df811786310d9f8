package tools

import (
	"math/rand/v2"
	"os"
	"path/filepath"
)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{7})
	_, _ = rng.Read(b) // never fails
	return b
}

// sizeOfAll returns the total size of some files in bytes.
func sizeOfAll(paths []string) (total int64) {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
	}
	return total
}

func globbed(pattern string) []string {
	files, _ := filepath.Glob(pattern) // the pattern is valid
	return files
}
