//go:build !linux

package ns

// Netns is a network namespace. This system has none.
type Netns struct {
	Path   string
	Host   bool
	Resolv []byte

	ResolvErr error
}

// OpenNetns returns ErrNotLinux.
func OpenNetns(string) (*Netns, error) { return nil, ErrNotLinux }

// CheckNamespaces returns ErrNotLinux.
func CheckNamespaces() error { return ErrNotLinux }

// Do returns ErrNotLinux.
func (n *Netns) Do(func() error) error { return ErrNotLinux }

// Enter returns ErrNotLinux.
func (n *Netns) Enter(func() error) error { return ErrNotLinux }

// Same is false.
func (n *Netns) Same(*Netns) bool { return false }

// Inode is 0.
func (n *Netns) Inode() uint64 { return 0 }

// IsCurrent is true.
func (n *Netns) IsCurrent() bool { return true }

// Close does nothing.
func (n *Netns) Close() error { return nil }
