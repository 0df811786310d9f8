#!/bin/bash
# run.sh: runs all tests that need no cluster and says what was left out, and why. With CI=true a test that was left out is a
# failure. TESTFLAGS are passed on to go test.
set -euo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp)
export GORACE=atexit_sleep_ms=0 # each guard of a tool would sleep for a second
trap 'rm -f "$results"' EXIT

# shellcheck disable=SC2086 # TESTFLAGS are several words
go run gotest.tools/gotestsum@v1.13.0 --format pkgname --jsonfile "$results" -- -race -count=1 -timeout 10m ${TESTFLAGS:-} ./...

left_out=$(grep -c '"Action":"skip".*"Test":' "$results" || true)
if [ "$left_out" -gt 0 ]; then
	echo "left out: $left_out tests, each with its reason above (root, or a machine that lets a user make namespaces, runs them all)"
	[ "${CI:-}" != true ] || exit 1
fi
