#!/bin/bash
# settings.sh: where the cluster keeps its files, and how it is laid out. The other scripts source this file.
#
#   PODTRACER_CLUSTER_CACHE  what takes long to make (Kubernetes, images); down.sh keeps it
#   PODTRACER_CLUSTER        the running cluster: certificates, etcd, the nodes' disks, logs; down.sh removes it
#   NODES                    how many nodes, at most 9
#   CONTROLLERS              for kube-controller-manager's --controllers; a scale test with made-up pods needs
#                            *,-pod-garbage-collector-controller,-node-lifecycle-controller
# shellcheck disable=SC2034 # the scripts that source this file use the variables

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
cache=${PODTRACER_CLUSTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/podtracer-cluster}
state=${PODTRACER_CLUSTER:-/var/tmp/podtracer-cluster}
nodes=${NODES:-2}

bridge=podtracer0 # the network that connects the nodes
host_ip=10.250.0.1
node_ip() { echo "10.250.0.1$1"; }
pod_cidr() { echo "10.244.$1.0/24"; }

containerd_root=$cache/containerd # the images with which a node's containerd starts
containerd2=$cache/containerd2    # the programs of containerd 2.x
# node_path N: where node N looks for programs. Every second node has containerd 2.x, the others have Debian's containerd, so that what
# crosses two nodes crosses two runtimes.
node_path() {
	if has_containerd2 "$1"; then echo "$containerd2:$cache/bin:$PATH"; else echo "$cache/bin:$PATH"; fi
}
has_containerd2() { [ $(($1 % 2)) = 0 ]; }
workload_image=localhost/workload:test
podtracer_image=localhost/podtracer:test

say() { echo "cluster: $*" >&2; }
die() {
	say "$*"
	exit 1
}
need_root() { [ "$(id -u)" = 0 ] || die "needs root: nodes are made of namespaces, mounts and cgroups"; }
