#!/bin/bash
# restart.sh [N] NAME [SECONDS]: kills a part of the running cluster with SIGKILL, as a crash does, and some seconds later starts it with
# the command line that it had, also if restart.sh is interrupted meanwhile. Without N it is a part of the control plane: apiserver,
# etcd, controllers or scheduler; on node N: containerd or kubelet. It prints "down" and "up" when the part is. Needs root.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
export PATH=$cache/bin:$PATH

if [[ ${1:-} =~ ^[1-9]$ ]]; then
	n=$1
	shift
	exec "$here/node-exec.sh" "$n" env "NODE=node$n" "$here/restart.sh" "$@"
fi
[ $# -ge 1 ] || die "usage: restart.sh [N] NAME [SECONDS]"
name=$1
pause=${2:-0}
if [ -n "${NODE:-}" ]; then # on the node
	file=/run/$name.pid
	log=$state/log/$NODE-$name.log
else
	file=$state/run/$name.pid
	log=$state/log/$name.log
fi

is_ready() {
	case $name in
	apiserver) kubectl --kubeconfig="$state/admin.kubeconfig" get --raw /readyz ;;
	containerd) ctr version ;;
	kubelet) (: <"/dev/tcp/127.0.0.1/10250") ;;
	*) kill -0 "$(<"$file")" ;;
	esac >/dev/null 2>&1
}

# start: the new process inherits nothing that somebody waits for, such as a lock of whoever called this script.
start() (
	local fd
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || eval "exec $fd>&-"
	done
	setsid "${command[@]}" >>"$log" 2>&1 </dev/null &
	echo $! >"$file"
)

main() {
	[ -f "$file" ] || die "no such part of the cluster: $file is missing"
	local pid end
	pid=$(<"$file")
	mapfile -d '' -t command <"/proc/$pid/cmdline"
	[[ ${command[0]##*/} == *"$name"* || $name == controllers && ${command[0]} == *controller-manager ]] ||
		die "process $pid is not $name but ${command[*]}"
	kill -KILL "$pid"
	trap start EXIT
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	echo down
	sleep "$pause"
	trap - EXIT
	start
	end=$((SECONDS + 60))
	until is_ready; do
		[ $SECONDS -lt $end ] || die "$name does not become ready, see $log"
		sleep 0.1
	done
	echo up
}

main
