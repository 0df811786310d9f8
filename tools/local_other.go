//go:build !linux

package tools

import (
	"os"
	"syscall"

	"github.com/fennec-project/podtracer/internal/guard"
)

func openTerminal() (ours, tools *os.File, err error) { return nil, nil, guard.ErrUnsupported }

func resize(*os.File, Size) error { return guard.ErrUnsupported }

func plain(*os.File, *Size) error { return guard.ErrUnsupported }

func enlarge(*os.File) (room int) { return 0 }

func unread(*os.File) int { return 0 }

func yield() {}

func handles(int, syscall.Signal) bool { return false }

func confinesTools() bool { return true }

func allocate(*os.File, int64, int64) error { return guard.ErrUnsupported }
