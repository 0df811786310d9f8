//go:build !linux

package ns

import (
	"context"
	"os"
)

type process struct {
	dir  *os.File
	path string
}

func openProcess(string, int) (*process, error) { return nil, ErrNotLinux }

func (p *process) close() error { return nil }

func (p *process) netns(func(string) bool) (*Netns, error) { return nil, ErrNotLinux }

func (p *process) read(string) (string, error) { return "", ErrNotLinux }

func (p *process) parent() (int, error) { return 0, ErrNotLinux }

func nodeNetns(string) (*Netns, error) { return nil, ErrNotLinux }

func eachProcess(context.Context, string, func(int, string) bool) error { return ErrNotLinux }
