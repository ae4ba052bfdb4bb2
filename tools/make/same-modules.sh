#!/usr/bin/env bash
# same-modules.sh BINARY INVENTORY: fails if the CycloneDX inventory does not name exactly the
# modules that the binary was built from. Go itself is left out: the binary does not list it.
set -euo pipefail
diff \
	<(go version -m "$1" | awk '$1 == "dep" { print $2 "@" $3 }' | sort) \
	<(sed -nE 's|^ *"bom-ref": "pkg:golang/([^?]*)\?type=module",$|\1|p' "$2" | grep -v '^std@' | sort) || {
	echo "$2 and $1 name different modules" >&2
	exit 1
}
