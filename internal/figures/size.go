package figures

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Bytes writes a measured number of bytes: 913 B, 1.3 MB.
func Bytes(n int64) string {
	const unit = 1000
	if n < unit {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, prefix := float64(n), 0
	for value >= unit && prefix < 4 {
		value, prefix = value/unit, prefix+1
	}
	return fmt.Sprintf("%.1f %cB", value, " kMGT"[prefix])
}

// Size writes a number of bytes that somebody chose: 256 MiB, 100 MB.
func Size(n int64) string {
	for _, u := range []struct {
		name  string
		bytes int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return Count(n/u.bytes) + " " + u.name
		}
	}
	return Bytes(n)
}

var units = []struct {
	suffix string
	bytes  float64
}{ // longer ones first
	{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"TIB", 1 << 40},
	{"KI", 1 << 10}, {"MI", 1 << 20}, {"GI", 1 << 30}, {"TI", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"B", 1},
}

// ParseSize reads a number of bytes: 1000, 64KiB, 1GiB; Kubernetes' Ki and Gi are accepted, too, and KB and GB count by 1000. "none" is -1,
// which means no limit.
//
// Errors: any other text, with a hint.
func ParseSize(text string) (int64, error) {
	number, factor := strings.ToUpper(strings.TrimSpace(text)), 1.0
	if number == "NONE" {
		return -1, nil
	}
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(n) || n*factor < 1 || n*factor >= math.MaxInt64 {
		return 0, hint.Add(errors.New("not a size"), "write for example 100MiB, or none")
	}
	return int64(n * factor), nil
}
