#!/usr/bin/env bash
# release.sh VERSION FROM TO [KEY]: writes the files of a release to the folder TO, which must not exist.
# FROM has what `make release` has built: enroll-linux-*, enroll.cdx.json, image/ and the chart. KEY is a
# private key in PEM, with which the list of checksums is signed. The same sources give the same files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export LC_ALL=C # the order of names
version=$1 from=$2 to=$3 key=${4:-}

[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || {
	echo "VERSION must be as v1.2.3, and is '$version'" >&2
	exit 1
}
[ -z "$key" ] || [ -r "$key" ] || {
	echo "RELEASE_KEY $key cannot be read" >&2
	exit 1
}
[ ! -e "$to" ] || {
	echo "$to exists: a release is written once" >&2
	exit 1
}
# What is half written must not look like a release.
part=$to.part
rm -rf "$part"
mkdir -p "$part"
trap 'rm -rf "$part" "$part.tree"' EXIT

# pack FOLDER: an archive of a folder's files, without the time and the user of this build.
pack() {
	tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u=rwX,go=rX --format=ustar -cf - .
}

for binary in "$from"/enroll-linux-*; do
	name=enroll-$version-${binary##*/enroll-}
	rm -rf "$part.tree"
	mkdir -p "$part.tree/$name"
	cp "$binary" "$part.tree/$name/enroll"
	chmod 755 "$part.tree/$name/enroll"
	cp LICENSE SECURITY.md CHANGELOG.md "$part.tree/$name/"
	cp -r deploy docs "$part.tree/$name/"
	pack "$part.tree" | gzip -n >"$part/$name.tar.gz"
done
pack "$from/image" >"$part/enroll-$version-image.tar"
cp "$from/enroll-${version#v}.tgz" "$part/enroll-chart-$version.tgz"
cp "$from/enroll.cdx.json" "$part/enroll-$version.cdx.json"

# The section of this version, or of what is not yet released if CHANGELOG.md has none for it.
section=${version#v}
grep -qF "## [$section]" CHANGELOG.md || section=Unreleased
awk -v title="## [$section]" '
	index($0, "## [") == 1 { on = index($0, title) == 1 }
	on
' CHANGELOG.md >"$part/CHANGES-$version.md"
[ -s "$part/CHANGES-$version.md" ]

(cd "$part" && sha256sum -- *) >"$part.tree/sums"
mv "$part.tree/sums" "$part/SHA256SUMS"
# Each file's checksum is in the list, so one signature covers all.
[ -z "$key" ] || openssl pkeyutl -sign -rawin -inkey "$key" -in "$part/SHA256SUMS" -out "$part/SHA256SUMS.sig"
mv "$part" "$to"
ls -l "$to"
