//go:build !linux

package ns

func openNetnsBelow(string, string) (*Netns, error) { return nil, ErrNotLinux }

func socketBelow(string, string, func(string) error) error { return ErrNotLinux }

func nodeRoot(string) (string, error) { return "", ErrNotLinux }
