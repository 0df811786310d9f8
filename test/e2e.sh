#!/bin/bash
# e2e.sh: runs the end-to-end tests on the running cluster of test/cluster. With CI=true a skipped test is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/cluster/settings.sh

results=$(mktemp)
trap 'rm -f "$results"' EXIT
export KUBECONFIG=$state/admin.kubeconfig PATH=$cache/bin:$PATH
# shellcheck disable=SC2086 # TESTFLAGS are several words
go run gotest.tools/gotestsum@v1.13.0 --format testname --jsonfile "$results" -- -tags e2e -count=1 -timeout 30m ${TESTFLAGS:-} ./test/e2e
if grep -q '"Action":"skip".*"Test":' "$results"; then
	echo "skipped: some tests, each for the reason above" >&2
	[ "${CI:-}" != true ] || exit 1
fi
