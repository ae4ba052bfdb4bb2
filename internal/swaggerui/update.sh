#!/bin/sh
# Refreshes assets/ from the npm package swagger-ui-dist, byte for byte the same on
# every run. To take another version: change both values below, the second to
# what `npm view swagger-ui-dist@VERSION dist.integrity` says, and run it.
set -eu

version=5.35.0
integrity=sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==

assets=$(cd "$(dirname "$0")" && pwd)/assets
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm pack --silent --ignore-scripts "swagger-ui-dist@$version" >/dev/null
got=sha512-$(openssl dgst -sha512 -binary "swagger-ui-dist-$version.tgz" | openssl base64 -A)
if [ "$got" != "$integrity" ]; then
	echo "swagger-ui-dist@$version is not what was recorded: $got" >&2
	exit 1
fi
tar xzf "swagger-ui-dist-$version.tgz"

# -n leaves name and time out, so that the result depends on the content alone.
for file in swagger-ui-bundle.js swagger-ui.css; do
	gzip -9 -n -c "package/$file" >"$assets/$file.gz"
done
cp package/favicon-32x32.png package/LICENSE package/NOTICE package/swagger-ui-bundle.js.LICENSE.txt "$assets/"
chmod 644 "$assets"/*
echo "$version" >"$assets/VERSION"
