#!/bin/bash
# install.sh: installs the missing Debian packages that the cluster and its tests need. Needs root.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

packages=(
	containerd runc containernetworking-plugins # the runtime of a node
	iproute2 iptables conntrack procps util-linux # the network of a node, and what makes nodes
	openssl busybox-static # certificates, and the workload's image
	buildah debootstrap # podtracer's image, without a registry
	tmux tcpdump tshark # for the tests: a terminal to type in, and a second opinion on captures
)

missing() {
	local package
	for package in "${packages[@]}"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
	done
}

main() {
	local wanted
	mapfile -t wanted < <(missing)
	[ ${#wanted[@]} -gt 0 ] || return 0
	need_root
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# The packages must not start their own services: each node starts its own containerd.
	apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
}

main
