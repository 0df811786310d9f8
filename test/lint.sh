#!/bin/bash
# lint.sh TAGS STATICCHECK@VERSION GOLANGCI-LINT@VERSION: runs the linters, and builds for every platform of a release. It does not run
# govulncheck, which asks vuln.go.dev and has no offline database.
set -euo pipefail
cd "$(dirname "$0")/.."
tags=$1
shift
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
for checker in "$@"; do # not go run, which would build the checker itself for the system that is checked
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
for platform in {linux,darwin,windows}/{amd64,arm64}; do # with the flags of a release, which then has less to build
	echo "lint: build for $platform"
	CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} go build -trimpath -tags "$tags" ./...
done
