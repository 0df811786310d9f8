#!/bin/bash
# node-exec.sh N COMMAND…: runs a command as root on node N of the running cluster, with the node's processes, mounts and network:
# for looking at a node from outside its pods.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

[ $# -ge 2 ] || die "usage: node-exec.sh N COMMAND…"
n=$1
init=$state/run/node$n.pid
shift
[ -f "$init" ] || die "no such node: $init is missing"
PATH=$(node_path "$n") exec nsenter --target "$(<"$init")" --pid --mount --net --uts --ipc -- "$@"
