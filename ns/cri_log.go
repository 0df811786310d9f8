package ns

import (
	"io"

	"google.golang.org/grpc/grpclog"
)

// Silence keeps gRPC from writing to standard error, where it would tear the console's screen and a script's output. To be
// called before anything else of this package.
func Silence() { grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard)) }
