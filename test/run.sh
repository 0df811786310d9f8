#!/bin/bash
# run.sh: runs all tests that need no cluster, and says how many were skipped and why. With CI=true a skipped test is a failure.
# TESTFLAGS are passed to go test.
set -euo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp) all=$(mktemp)
export GORACE=atexit_sleep_ms=0 # otherwise each guard of a tool sleeps for a second at its end
trap 'rm -f "$results" "$all"' EXIT

# Tests that draw thousands of frames or read endless answers, all in a single goroutine: the race detector finds nothing there, and makes
# them ten times slower.
long='^(TestEveryKeyThatTheLastLineNamesDoesSomething|TestInAHostileWorldTheSieveHasNothingToDo|TestOfAllPairsWhatIsDrawnOnTopTakesTheKeyAndGivesHintAndHelp'
long+='|TestAnAnswerWithoutEndIsGivenUp|TestAWatchThatGoesOnForLongIsNoLongAnswer|TestAListIsReadPageByPage|TestAddressesOfNodesWithoutEndAreLeftOut)$'

# Some packages mostly wait, so more packages are tested at once than there are cores.
run() {
	# shellcheck disable=SC2086 # TESTFLAGS are several words
	go run gotest.tools/gotestsum@v1.13.0 --format pkgname --jsonfile "$results" -- -count=1 -timeout 15m -parallel 8 ${TESTFLAGS:-} "$@"
	cat "$results" >>"$all"
}
# These packages take longest, so they come first.
run -race -p $(($(nproc) * 2)) -skip "$long" ./tools ./tools/agent ./test/program ./...
run -run "$long" ./ui ./k8s

left_out=$(grep -c '"Action":"skip".*"Test":' "$all" || true)
if [ "$left_out" -gt 0 ]; then
	echo "skipped: $left_out tests, each for the reason above (root, or a machine that lets a user make namespaces, runs them all)"
	[ "${CI:-}" != true ] || exit 1
fi
