//go:build !linux

package spool

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/fennec-project/podtracer/internal/pause"
)

type growth struct{}

func openGrowth(*os.File) (*growth, error) {
	return nil, errors.ErrUnsupported
}

func (*growth) wait(ctx context.Context, most time.Duration) { pause.For(ctx, most) }

func (*growth) close() {}
