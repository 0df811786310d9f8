#!/bin/bash
# slow.sh: runs the tests that take minutes: each fuzz target for FUZZTIME (by default a minute), the tests that wait for real
# time to pass, and ten minutes of random keys.
set -euo pipefail
cd "$(dirname "$0")/.."

# Go up to 1.26 sometimes reports the end of -fuzztime as a failure of the target (go.dev/issue/75804). After a real failure Go
# writes the input that failed, and says so.
fuzz() { # PACKAGE TARGET
	local said
	if ! said=$(go test -run '^$' -fuzz "^$2\$" -fuzztime "${FUZZTIME:-60s}" -fuzzminimizetime 10x "$1" 2>&1); then
		if grep -q 'Failing input written' <<<"$said" || ! grep -q '^    context deadline exceeded$' <<<"$said"; then
			tail -n 60 <<<"$said"
			return 1
		fi
		echo 'go test reported the end of -fuzztime as a failure, but no input failed'
	fi
	tail -n 2 <<<"$said"
}

for package in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		echo "$package $target"
		fuzz "$package" "$target"
	done
done
PODTRACER_SLOW=1 go test -count=1 -timeout 10m -run 'TestAReaderThatStandsStill' -v ./tools | grep -v '^=== '
PODTRACER_SOAK=${PODTRACER_SOAK:-10m} go test -count=1 -timeout 15m -run 'TestASoak' -v ./ui/cli | grep -v '^=== '
