#!/usr/bin/env bash
# test.sh BOUND ARGUMENT...: runs `go test` with the arguments, then lists the packages that took
# longest and warns of each that took more than BOUND seconds. Packages are the arguments that begin
# with "./".
set -euo pipefail
bound=$1
shift

# Files with the build constraint !race have tests that send one request, or ask about one value, after
# the other. The race detector would find nothing in them and make them up to thirty times slower, so a
# second run has these without it. It writes a coverage profile of its own, which is added to the first.
packages=() flags=() profile=
for argument in "$@"; do
	case $argument in
	./*) packages+=("$argument") ;;
	-coverprofile=*)
		profile=${argument#*=}
		flags+=("$argument.second")
		;;
	*) flags+=("$argument") ;;
	esac
done

# without_detector runs the tests of the files that -race leaves out.
without_detector() {
	local left folders names
	# xargs exits with 123 if grep finds nothing in some of the files.
	left=$(go list -f '{{.Dir}}' "${packages[@]}" | xargs -I DIR find DIR -maxdepth 1 -name '*_test.go' |
		sort | { xargs -d '\n' grep -l '^//go:build !race$' || [ $? -eq 123 ]; })
	[ -n "$left" ] || return 0
	readarray -t folders < <(xargs -d '\n' -n 1 dirname <<<"$left" | sort -u)
	names=$(xargs -d '\n' sed -n 's/^func \(Test[A-Z][A-Za-z0-9]*\)(.*/\1/p' <<<"$left" | paste -sd '|')
	(set -x && go test -run="^($names)\$" -shuffle=on -timeout=30m "${flags[@]}" "${folders[@]}") || return
	[ -z "$profile" ] || tail -n +2 "$profile.second" >>"$profile"
}

# The race detector needs a C compiler with the headers of a C library. Cgo is off if they are
# missing: a compiler without headers would fail on package net.
race=-race
echo '#include <stdlib.h>' | $(go env CC) -x c -fsyntax-only - 2>/dev/null || {
	race=
	export CGO_ENABLED=0
	echo 'There is no C compiler with the headers of a C library: the same tests run without the race detector.'
}
# tests runs all, and fails at the end if a run has failed.
tests() {
	local status=0
	# Go's default limit of ten minutes for a package is too short on a busy machine.
	(set -x && go test $race -shuffle=on -timeout=30m "$@") || status=$?
	[ -z "$race" ] || without_detector || status=$?
	return $status
}
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
# awk alone would hold the lines back: Debian's reads a pipe in blocks.
tests "$@" | tee "$output" || status=$?
awk -v bound="$bound" -f tools/make/slowest.awk "$output"
exit $status
