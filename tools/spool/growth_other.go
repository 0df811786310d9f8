//go:build !linux

package spool

import (
	"context"
	"errors"
	"os"
	"time"
)

type growth struct{}

func openGrowth(*os.File) (*growth, error) {
	return nil, errors.ErrUnsupported
}

func (*growth) wait(ctx context.Context, most time.Duration) { pause(ctx, most) }

func (*growth) close() {}
