package ns

import (
	"io"

	"google.golang.org/grpc/grpclog"
)

// Silence keeps gRPC from writing to standard error, where it would disturb the console's screen and the output of scripts. It must
// be called before anything else in this package.
func Silence() { grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard)) }
