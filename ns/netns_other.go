//go:build !linux

package ns

// Netns is a network namespace. There is none on this system.
type Netns struct {
	Path   string
	Host   bool
	Resolv []byte

	ResolvErr error
}

// OpenNetns says ErrNotLinux.
func OpenNetns(string) (*Netns, error) { return nil, ErrNotLinux }

// CheckNamespaces says ErrNotLinux.
func CheckNamespaces() error { return ErrNotLinux }

// Do says ErrNotLinux.
func (n *Netns) Do(func() error) error { return ErrNotLinux }

// Enter says ErrNotLinux.
func (n *Netns) Enter(func() error) error { return ErrNotLinux }

// Same is false.
func (n *Netns) Same(*Netns) bool { return false }

// Inode is 0.
func (n *Netns) Inode() uint64 { return 0 }

// IsCurrent is always true: there is none.
func (n *Netns) IsCurrent() bool { return true }

// Close does nothing.
func (n *Netns) Close() error { return nil }
