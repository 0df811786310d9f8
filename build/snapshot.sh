#!/bin/bash
# snapshot.sh GORELEASER@VERSION CYCLONEDX-GOMOD@VERSION: builds a release for all platforms into dist/, without publishing anything,
# and checks that it is whole: programs that start, manual pages, checksums, SBOMs, and Krew's manifest.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
for tool in "$@"; do GOBIN=$tools go install "$tool"; done
export PATH=$tools:$PATH

die() {
	echo "snapshot: $*" >&2
	exit 1
}

holds() { # ARCHIVE FILE…: every archive has these files
	local archive=$1 list file
	shift
	case $archive in
	*.zip) list=$(python3 -m zipfile -l "$archive" | awk 'NR > 1 {print $1}') ;;
	*) list=$(tar -tzf "$archive") ;;
	esac
	for file in "$@"; do grep -qxF "$file" <<<"$list" || die "$archive has no $file"; done
}

goreleaser release --snapshot --clean
cd dist
sha256sum --quiet --check checksums.txt
for platform in {linux,darwin,windows}_{amd64,arm64}; do
	archive=$(echo podtracer_*_"$platform".*[zg][iz]*)
	[ -f "$archive" ] || die "there is no archive for $platform"
	program=podtracer
	[ "${platform%_*}" != windows ] || program=podtracer.exe
	holds "$archive" $program LICENSE README.md man/podtracer-run.1 completion/podtracer.bash build/kubectl_complete-podtracer
	grep -q '"name": "k8s.io/client-go"' podtracer_*_"$platform".cdx.json || die "the SBOM for $platform does not name client-go"
	grep -q "uri: https://github.com/fennec-project/podtracer/releases/download/.*_$platform\." krew/podtracer.yaml || die "Krew's manifest does not name $platform"
done
here=$(go env GOOS)_$(go env GOARCH)
tar -xzOf podtracer_*_"$here".tar.gz podtracer >"$tools/podtracer"
chmod +x "$tools/podtracer"
"$tools/podtracer" version
