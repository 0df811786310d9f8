#!/bin/bash
# install.sh: installs the Debian packages that the cluster and its tests need, those that are missing. Needs root.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

packages=(
	containerd runc containernetworking-plugins # a node's runtime
	iproute2 iptables conntrack procps util-linux # a node's network and its making
	openssl busybox-static # certificates and the workload's image
	buildah debootstrap # podtracer's image without a registry
	tmux tcpdump tshark # the tests: a terminal to type in, second opinions on captures
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
	# The packages' own services are not wanted: each node starts a containerd of its own.
	apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
}

main
