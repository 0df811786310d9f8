#!/bin/bash
# slow.sh: the tests that take minutes: each fuzz target for FUZZTIME (a minute), those that wait for real time to pass, and
# ten minutes of keys at random.
set -euo pipefail
cd "$(dirname "$0")/.."

# Go up to 1.26 sometimes calls the end of -fuzztime a failure of the target (go.dev/issue/75804). A real failure writes the
# input that failed, and says so.
fuzz() { # PACKAGE TARGET
	local said
	if ! said=$(go test -run '^$' -fuzz "^$2\$" -fuzztime "${FUZZTIME:-60s}" -fuzzminimizetime 10x "$1" 2>&1); then
		if grep -q 'Failing input written' <<<"$said" || ! grep -q '^    context deadline exceeded$' <<<"$said"; then
			tail -n 60 <<<"$said"
			return 1
		fi
		echo 'the end of the time was taken for a failure of the target; no input failed'
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
