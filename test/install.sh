#!/bin/bash
# install.sh: installs the missing tools that podtracer's catalogue offers or the tests use. Without root, or on a system other
# than Debian, it says which are missing and continues: podtracer shows them as not installed.
set -euo pipefail

declare -A package=(
	[tcpdump]=tcpdump [tshark]=tshark [capinfos]=wireshark-common [ss]=iproute2 [ip]=iproute2 [tc]=iproute2
	[conntrack]=conntrack [ethtool]=ethtool [ping]=iputils-ping [traceroute]=traceroute [mtr]=mtr-tiny
	[dig]=bind9-dnsutils [curl]=curl [iperf3]=iperf3 [nft]=nftables [tmux]=tmux [setpriv]=util-linux [gcc]=gcc
	[git]=git [iftop]=iftop [busybox]=busybox-static [containerd]=containerd [runc]=runc [asciinema]=asciinema [bindfs]=bindfs
)

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
missing=()
for program in "${!package[@]}"; do
	command -v "$program" >/dev/null || missing+=("${package[$program]}")
done
[ -d /usr/lib/cni ] || missing+=(containernetworking-plugins)
# gcc alone cannot link the C code of the race detector
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
[ ${#missing[@]} -gt 0 ] || exit 0

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
if ! command -v apt-get >/dev/null; then
	echo "install: these Debian packages are missing, and this is not Debian: ${missing[*]}" >&2
	exit 0
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "install: not root, and no sudo; missing: ${missing[*]}" >&2
		exit 0
	fi
	as_root=(sudo)
fi
echo "install: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
