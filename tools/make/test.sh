#!/usr/bin/env bash
# test.sh BOUND ARGUMENT...: runs `go test` with the arguments, then lists the packages that took
# longest and warns of each that took more than BOUND seconds.
set -euo pipefail
bound=$1
shift

# The race detector needs a C compiler with the headers of a C library. Cgo is off if they are
# missing: a compiler without headers would fail on package net.
race=-race
echo '#include <stdlib.h>' | $(go env CC) -x c -fsyntax-only - 2>/dev/null || {
	race=
	export CGO_ENABLED=0
	echo 'There is no C compiler with the headers of a C library: the same tests run without the race detector.'
}
# Go's default limit of ten minutes for a package is too short on a busy machine.
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
# awk alone would hold the lines back: Debian's reads a pipe in blocks.
(set -x && go test $race -shuffle=on -timeout=30m "$@") | tee "$output" || status=$?
awk -v bound="$bound" -f tools/make/slowest.awk "$output"
exit $status
