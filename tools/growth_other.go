//go:build !linux

package tools

import (
	"context"
	"errors"
	"time"
)

type growth struct{}

func openGrowth(string) (*growth, error) {
	return nil, errors.ErrUnsupported
}

func (*growth) wait(ctx context.Context, most time.Duration) { pause(ctx, most) }

func (*growth) close() {}
