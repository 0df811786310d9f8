#!/bin/bash
# image.sh: makes the cluster's images as archives in the cache, without pulling any: podtracer's from build/Dockerfile, on base
# images made from this machine's Debian mirror and its Go, and a small one of busybox for the workload. From the archives it
# makes the directory of a containerd that has these images, with which each node starts. It makes nothing again that has not
# changed. Needs root.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

archives=$cache/images
dockerfile=$repo/build/Dockerfile
export BUILDAH_ISOLATION=chroot # needs no runtime, and uses the machine's network
export CONTAINERS_CONF=$cache/containers.conf

# Storage and configuration are separate from the machine's own, so that its images are left alone; they are part of the cache.
store() { buildah --root "$cache/storage" --runroot "$cache/storage-run" "$@"; }

base_image() { # NAME: the image of that name, with its tag, on which the Dockerfile builds
	local image
	image=$(sed -n "s|^FROM .*\(docker.io/library/$1:[^ \$]*\).*|\1|p" "$dockerfile")
	[ -n "$image" ] || die "$dockerfile names no base image docker.io/library/$1:TAG"
	echo "$image"
}

has_image() { store inspect --type image "$1" >/dev/null 2>&1; }

debian_mirror() { # the mirror from which this machine installs packages
	local mirror
	# shellcheck disable=SC2016 # apt expands the format
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
	[ -n "$mirror" ] || die "apt knows no Debian mirror to make the base image from"
	echo "$mirror"
}

make_debian() { # IMAGE, named like debian:SUITE-slim
	local image=$1 suite=${1##*:} root container
	suite=${suite%-slim}
	root=$(mktemp -d "$cache/debian.XXXXXX")
	say "making $image"
	debootstrap --variant=minbase "$suite" "$root" "$(debian_mirror)" >"$cache/debootstrap.log" 2>&1 ||
		die "debootstrap failed, see $cache/debootstrap.log"
	# Like the official image: without documentation and without downloaded packages.
	printf 'path-exclude /usr/share/%s/*\n' doc man locale >"$root/etc/dpkg/dpkg.cfg.d/slim"
	echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin"; };' >"$root/etc/apt/apt.conf.d/clean"
	rm -rf "$root"/usr/share/{doc,man,locale}/* "$root"/var/cache/apt/{archives/*.deb,*.bin} "$root"/var/lib/apt/lists/*
	container=$(store from scratch)
	store add --quiet "$container" "$root" / >/dev/null
	store config --cmd bash "$container"
	store commit --quiet --rm "$container" "$image" >/dev/null
	rm -rf "$root"
}

make_golang() { # IMAGE DEBIAN-IMAGE: Debian with this machine's Go, laid out like the official image
	say "making $1"
	local container
	container=$(store from --pull-never "$2")
	store add --quiet "$container" "$(go env GOROOT)" /usr/local/go >/dev/null
	store config --env GOPATH=/go --env GOTOOLCHAIN=local --env PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		--label "go=$(go env GOVERSION)" "$container"
	store commit --quiet --rm "$container" "$1" >/dev/null
}

golang_is_current() { # IMAGE
	[ "$(store inspect --type image --format '{{index .OCIv1.Config.Labels "go"}}' "$1" 2>/dev/null)" = "$(go env GOVERSION)" ]
}

make_bases() {
	local debian golang
	debian=$(base_image debian)
	golang=$(base_image golang)
	has_image "$debian" || make_debian "$debian"
	golang_is_current "$golang" || make_golang "$golang" "$debian"
}

build_podtracer() {
	# The machine's caches save downloading and compiling everything again.
	mkdir -p "$(go env GOMODCACHE)" "$(go env GOCACHE)"
	go mod download # outside the build, where a proxy and its certificate are known
	store bud --quiet --layers --pull-never -f "$dockerfile" --ignorefile "$dockerfile.dockerignore" -t "$podtracer_image" \
		-v "$(go env GOMODCACHE):/go/pkg/mod" -v "$(go env GOCACHE):/root/.cache/go-build" \
		--build-arg "VERSION=$(git -C "$repo" describe --tags --always --dirty 2>/dev/null || echo dev)" \
		--build-arg "COMMIT=$(git -C "$repo" rev-parse HEAD 2>/dev/null || echo unknown)" \
		"$repo"
}

build_workload() {
	store bud --quiet --layers -f "$here/workload.Dockerfile" -t "$workload_image" "$(dirname "$(command -v busybox)")"
}

archive() { # IMAGE NAME: writes NAME.tar unless that file already holds this image
	local id file=$archives/$2.tar
	id=$(store inspect --type image --format '{{.FromImageID}}' "$1")
	[ -f "$file" ] && [ "$(cat "$file.id" 2>/dev/null)" = "$id" ] && return
	rm -f "$file"
	store push --quiet "$1" "docker-archive:$file:$1"
	echo "$id" >"$file.id"
}

containerd_config() {
	cat <<-END
		version = 2
		root = "$containerd_root"
		state = "$cache/containerd-run"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$1"
		[plugins."io.containerd.internal.v1.opt"]
		  path = "$containerd_root/opt"
	END
}

unpack() ( # a subshell, so that the trap is local
	images=$(cat "$archives"/*.id)
	[ "$images" != "$(cat "$containerd_root/images" 2>/dev/null)" ] || return 0
	socket=$cache/containerd-run/containerd.sock
	mkdir -p "$containerd_root"
	containerd_config "$socket" >"$cache/containerd.toml"
	containerd -c "$cache/containerd.toml" >"$cache/containerd.log" 2>&1 &
	trap 'kill %1; wait %1' EXIT
	until ctr -a "$socket" version >/dev/null 2>&1; do
		kill -0 %1 2>/dev/null || die "containerd does not start, see $cache/containerd.log"
		sleep 0.1
	done
	for archive in "$archives"/*.tar; do ctr -a "$socket" -n k8s.io images import "$archive" >/dev/null; done
	echo "$images" >"$containerd_root/images"
)

main() {
	need_root
	mkdir -p "$archives"
	printf '[network]\nnetwork_config_dir = "%s"\n' "$cache/cni" >"$CONTAINERS_CONF"
	build_workload >/dev/null
	archive "$workload_image" workload
	make_bases
	build_podtracer >/dev/null
	archive "$podtracer_image" podtracer
	unpack
	store rm --all >/dev/null    # containers that a failed build has left
	store rmi --prune >/dev/null # layers of earlier builds
}

main
