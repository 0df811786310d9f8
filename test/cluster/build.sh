#!/bin/bash
# build.sh: builds hyperkube, a whole Kubernetes with etcd in one binary, into the cache, unless the cache has it from the same
# sources. The first build takes a quarter of an hour on two cores.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

parts=(etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl)

version() { sed -n 's|^\tk8s.io/kubernetes \(v.*\)$|\1|p' "$here/hyperkube/go.mod"; }

sources() { cat "$here"/hyperkube/* | sha256sum; }

is_built() { [ -x "$cache/hyperkube" ] && [ "$(sources)" = "$(cat "$cache/hyperkube.sources" 2>/dev/null)" ]; }

build() {
	local v minor set=k8s.io/component-base/version
	v=$(version)
	minor=${v#v1.}
	say "building Kubernetes $v"
	# kubectl and the kubelet refuse to work together if they do not know their versions.
	cd "$here/hyperkube"
	CGO_ENABLED=0 go build -o "$cache/hyperkube" \
		-ldflags "-s -w -X $set.gitVersion=$v -X $set.gitMajor=1 -X $set.gitMinor=${minor%%.*}" .
	sources >"$cache/hyperkube.sources"
}

main() {
	mkdir -p "$cache/bin"
	is_built || build
	local part
	for part in "${parts[@]}"; do ln -sfn ../hyperkube "$cache/bin/$part"; done
}

main
