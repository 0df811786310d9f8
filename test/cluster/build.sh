#!/bin/bash
# build.sh: builds what the nodes run from source into the cache, unless the cache has it from the same sources: hyperkube, a whole
# Kubernetes with etcd in one binary, and containerd 2.x. The first build takes a quarter of an hour on two cores.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

parts=(etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl)

version() { sed -n 's|^\tk8s.io/kubernetes \(v.*\)$|\1|p' "$here/hyperkube/go.mod"; }

sources() { cat "$here/$1"/* | sha256sum; } # NAME

is_built() { # NAME
	[ -e "$cache/$1" ] && [ "$(sources "$1")" = "$(cat "$cache/$1.sources" 2>/dev/null)" ]
}

build_hyperkube() {
	local v minor set=k8s.io/component-base/version
	v=$(version)
	minor=${v#v1.}
	say "building Kubernetes $v"
	# kubectl and the kubelet refuse to work together if they do not know their versions.
	cd "$here/hyperkube"
	CGO_ENABLED=0 go build -o "$cache/hyperkube" \
		-ldflags "-s -w -X $set.gitVersion=$v -X $set.gitMajor=1 -X $set.gitMinor=${minor%%.*}" .
}

build_containerd2() {
	cd "$here/containerd2"
	local module=github.com/containerd/containerd/v2 v
	v=$(go list -m -f '{{.Version}}' $module)
	say "building containerd $v"
	CGO_ENABLED=0 go build -o "$containerd2/" -tags no_btrfs -ldflags "-s -w -X $module/version.Version=$v" \
		$module/cmd/{containerd,containerd-shim-runc-v2,ctr}
}

main() {
	mkdir -p "$cache/bin" "$containerd2"
	local name
	for name in hyperkube containerd2; do
		is_built $name && continue
		"build_$name"
		sources $name >"$cache/$name.sources"
	done
	local part
	for part in "${parts[@]}"; do ln -sfn ../hyperkube "$cache/bin/$part"; done
}

main
