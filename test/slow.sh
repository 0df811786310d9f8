#!/bin/bash
# slow.sh: the tests that take minutes: each fuzz target for FUZZTIME (a minute), those that wait for real time to pass, and
# ten minutes of keys at random.
set -euo pipefail
cd "$(dirname "$0")/.."

for package in ./internal/printable ./k8s ./ns ./tools ./tools/pcap ./tools/packet ./ui ./ui/cli; do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		echo "$package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-60s}" -fuzzminimizetime 10x "$package" | tail -n 2
	done
done
PODTRACER_SLOW=1 go test -count=1 -timeout 10m -run 'TestAReaderThatStandsStill' -v ./tools | grep -v '^=== '
PODTRACER_SOAK=${PODTRACER_SOAK:-10m} go test -count=1 -timeout 15m -run 'TestASoak' -v ./ui/cli | grep -v '^=== '
