#!/bin/bash
# run.sh: runs all tests that need no cluster and says what was left out, and why. With CI=true a test that was left out is a
# failure. TESTFLAGS are passed on to go test.
set -euo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp) all=$(mktemp)
export GORACE=atexit_sleep_ms=0 # each guard of a tool would sleep for a second
trap 'rm -f "$results" "$all"' EXIT

# Walks through every screen are one goroutine that draws thousands of times: the race detector finds nothing there, and makes them ten
# times slower.
walks='^(TestEveryKeyThatTheLastLineNamesDoesSomething|TestInAHostileWorldTheSieveHasNothingToDo|TestOfAllPairsWhatIsDrawnOnTopTakesTheKeyAndGivesHintAndHelp)$'

# Some packages wait most of the time, so more are tested at once than there are cores.
run() {
	# shellcheck disable=SC2086 # TESTFLAGS are several words
	go run gotest.tools/gotestsum@v1.13.0 --format pkgname --jsonfile "$results" -- -count=1 -timeout 15m ${TESTFLAGS:-} "$@"
	cat "$results" >>"$all"
}
run -race -p $(($(nproc) * 2)) -skip "$walks" ./...
run -run "$walks" ./ui

left_out=$(grep -c '"Action":"skip".*"Test":' "$all" || true)
if [ "$left_out" -gt 0 ]; then
	echo "left out: $left_out tests, each with its reason above (root, or a machine that lets a user make namespaces, runs them all)"
	[ "${CI:-}" != true ] || exit 1
fi
