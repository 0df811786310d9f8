#!/bin/bash
# down.sh: stops the cluster, running or left over, and removes every trace of it but the cache: processes, cgroups, bridge and
# routes, firewall rule, sysctls, state. Needs root.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

is_ours() { # PID, which may have been reused since it was written down
	[[ $(readlink "/proc/$1/exe") == "$cache/hyperkube"* ]] ||
		grep -qaz '/node-init\.sh$' "/proc/$1/cmdline" 2>/dev/null
}

processes() {
	local file
	for file in "$state"/run/*.pid; do
		if [ -f "$file" ] && is_ours "$(<"$file")"; then cat "$file"; fi
	done
	# Processes of a cluster whose state is gone count, too.
	find /proc/[0-9]*/exe -maxdepth 0 -lname "$cache/hyperkube*" -printf '%h\n' 2>/dev/null | xargs -r basename -a
}

# All processes are killed at once, because an API server that gets SIGTERM keeps its port for a minute. When a node's first
# process dies, all other processes of the node die, and the node's mounts go with the last of them.
stop_processes() {
	local pids tries
	for tries in $(seq 100); do
		mapfile -t pids < <(processes | sort -u)
		[ ${#pids[@]} -gt 0 ] || return 0
		kill -KILL "${pids[@]}" 2>/dev/null || true # some died with another one
		sleep 0.1
	done
	die "still running after $tries tries: ${pids[*]}"
}

remove_cgroups() {
	local group tries
	for group in /sys/fs/cgroup/node[1-9] /sys/fs/cgroup/*/node[1-9]; do
		[ -d "$group" ] || continue
		for tries in $(seq 50); do # a group outlives its processes for a moment
			find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
			[ "$tries" -lt 50 ] || die "cannot remove $group"
			sleep 0.1
		done
	done
}

remove_network() {
	local link
	# The routes go with the bridge. A node's cable goes with the node, but the kernel takes its time for that, and the next node
	# has one of that name.
	for link in "$bridge" tb0 pt-node{1..9}; do
		if ip link show "$link" >/dev/null 2>&1; then ip link del "$link" || ! ip link show "$link" >/dev/null 2>&1; fi
	done
	while iptables -D FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null; do :; done
}

remove_state() {
	[ -d "$state" ] || return 0
	[ ! -f "$state/sysctls" ] || sysctl -qp "$state/sysctls"
	rm -rf --one-file-system "$state"
}

main() {
	need_root
	stop_processes
	remove_cgroups
	remove_network
	remove_state
}

main
