#!/bin/bash
# bench.sh: measures podtracer on a node of the running test cluster, and prints the figures of docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/cluster/settings.sh

work=$(mktemp -d -p /var/tmp) # on a disk, because captures of 1 GiB are written there
trap 'rm -rf "$work"' EXIT
make --silent build
CGO_ENABLED=0 go build -o "$work/bench" ./test/bench
cp bin/podtracer "$work/podtracer"

kubectl="$cache/bin/kubectl --kubeconfig $state/admin.kubeconfig"
$kubectl -n shop wait --for=condition=Ready pod/client pod/two pod/web --timeout=60s >/dev/null
peer=$($kubectl -n shop get pod web -o jsonpath='{.status.podIP}')
target=$($kubectl -n shop get pod client -o jsonpath='{.status.podIP}')
nproc=$(nproc)
echo "machine: $nproc cores, $(awk '/MemTotal/ {printf "%.0f GiB", $2/1048576}' /proc/meminfo), Linux $(uname -r), $(go version | cut -d' ' -f3)"
echo
test/cluster/node-exec.sh 1 env KUBECONFIG="$state/admin.kubeconfig" PODTRACER_DATA_DIR="$work/data" NODE_NAME=node1 PATH="$PATH:$cache/bin" \
	"$work/bench" -podtracer "$work/podtracer" -dir "$work" -peer "$peer" -target "$target" "$@"
# This machine is on no node, as a laptop is: pods are reached through helpers, for which the image on the nodes is used.
env KUBECONFIG="$state/admin.kubeconfig" PATH="$PATH:$cache/bin" "$work/bench" -laptop -podtracer "$work/podtracer" -dir "$work" "$@"
