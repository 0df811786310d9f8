#!/bin/bash
# node-init.sh N DISK: the first process of node N, in the node's namespaces (called by node.sh). Being a shell, it reaps the
# node's orphaned processes.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

n=$1
disk=$2
name=node$n
PATH=$(node_path "$n")
export PATH

tell_pid() { # the pid on the machine, because /proc is still the machine's
	local pid rest
	read -r pid rest </proc/self/stat
	echo "$pid" >"$state/run/$name.pid"
}

mounts() {
	mount --make-rshared / # pods need it for mounts with propagation; no mount is visible outside the node
	mount -t proc proc /proc
	mount -t tmpfs -o mode=755 tmpfs /run
	mount --rbind /sys/fs/cgroup "$disk/cgroup"
	mount -t sysfs sysfs /sys
	mount --rbind "$disk/cgroup" /sys/fs/cgroup
	mount --bind "$disk/lib" /var/lib
	mount --bind "$disk/log" /var/log
}

network() {
	hostname "$name"
	ip link set lo up
	until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
	ip addr add "$(node_ip "$n")/24" dev eth0
	ip link set eth0 up
	ip route add default via "$host_ip"
	local other
	for other in $(seq "$nodes"); do
		[ "$other" = "$n" ] || ip route add "$(pod_cidr "$other")" via "$(node_ip "$other")"
	done
	sysctl -qw net.ipv4.ip_forward=1
}

runtime() {
	containerd -c "$disk/containerd.toml" >"$state/log/$name-containerd.log" 2>&1 &
	echo $! >/run/containerd.pid
	until ctr version >/dev/null 2>&1; do sleep 0.1; done
}

kubernetes() {
	until (: <"/dev/tcp/$host_ip/6443") 2>/dev/null; do sleep 0.1; done
	kube-proxy --config="$disk/proxy.yaml" >"$state/log/$name-kube-proxy.log" 2>&1 &
	kubelet --config="$disk/kubelet.yaml" --kubeconfig="$state/$name.kubeconfig" --hostname-override="$name" \
		--node-ip="$(node_ip "$n")" >"$state/log/$name-kubelet.log" 2>&1 &
	echo $! >/run/kubelet.pid
}

tell_pid
mounts
network
runtime
kubernetes
sleep infinity & # the node goes on when restart.sh kills what was started here
wait
