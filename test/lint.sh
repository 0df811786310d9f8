#!/bin/bash
# lint.sh STATICCHECK@VERSION GOLANGCI-LINT@VERSION: what a machine can say about the code, and whether it builds wherever it is
# released. govulncheck is not among it: it asks vuln.go.dev, and has no list of its own to work with offline.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
for checker in "$@"; do # not go run: it would build the checker, too, for the system that is checked
	GOBIN=$bin go install "$checker"
done

unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "not formatted: $unformatted" >&2; exit 1; }
echo "lint: go mod tidy"
go mod tidy -diff
for os in linux darwin windows; do
	echo "lint: go vet for $os"
	GOOS=$os go vet ./...
	GOOS=$os go vet -tags e2e ./test/...
done
echo "lint: staticcheck"
"$bin/staticcheck" -tags e2e ./...
for os in darwin windows; do
	GOOS=$os "$bin/staticcheck" ./...
done
echo "lint: golangci-lint"
"$bin/golangci-lint" run ./...
for platform in darwin/amd64 darwin/arm64 windows/amd64 linux/arm64 linux/amd64; do
	echo "lint: build for $platform"
	CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} go build ./...
done
