#!/usr/bin/env bash
# pin-images.sh FILE...: writes the digest of each base image behind its tag, so that a
# build gets the image that was reviewed. It needs docker with buildx and a network.
set -euo pipefail
images=$(sed -nE 's/^FROM ([^ ]+:[^ ]+)( .*)?$/\1/p; s/^ *image: ([^ ]+:[^ ]+)$/\1/p' "$@" | sort -u)
for image in $images; do
	tag=${image%@*}
	digest=$(docker buildx imagetools inspect "$tag" --format '{{.Manifest.Digest}}')
	[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || {
		echo "no digest of $tag: $digest" >&2
		exit 1
	}
	sed -i -E "s#^(FROM | *image: )${image//./\\.}( |\$)#\1$tag@$digest\2#" "$@"
	echo "$tag@$digest"
done
