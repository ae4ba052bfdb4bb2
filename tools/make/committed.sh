#!/usr/bin/env bash
# committed.sh TARGET PATH...: fails if the paths differ from git's index or hold files that git does
# not know. `make TARGET` has just generated them. The index counts as committed, so that a change
# can be checked before its commit. Ignored files count as unknown.
set -euo pipefail
target=$1
shift
git diff --exit-code -- "$@" || {
	echo "$* is not what \`make $target\` generates: commit the result" >&2
	exit 1
}
unknown=$(git ls-files --others -- "$@")
test -z "$unknown" || {
	printf 'not in git: %s\n' $unknown >&2
	exit 1
}
