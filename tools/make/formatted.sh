#!/usr/bin/env bash
# formatted.sh: fails if gofmt would change a Go file of the repository.
set -euo pipefail
unformatted=$(git ls-files -z '*.go' | xargs -0 "$(go env GOROOT)/bin/gofmt" -l)
test -z "$unformatted" || {
	printf 'not formatted by gofmt: %s\n' $unformatted >&2
	exit 1
}
