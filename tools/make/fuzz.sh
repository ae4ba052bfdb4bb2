#!/usr/bin/env bash
# fuzz.sh TIME: runs each fuzz target for TIME. `go test` accepts one target at a time. If an
# input fails, `go test` saves it in testdata/fuzz, and `make test` repeats it from then on.
set -euo pipefail
targets=$(grep -rEo --include='*_test.go' --exclude-dir=testdata '^func Fuzz[A-Za-z0-9_]+' cmd internal) || {
	echo 'no fuzz target found' >&2
	exit 1
}
while IFS=: read -r file name; do
	name=${name#func }
	folder=./$(dirname "$file")
	echo "== $name in $folder, $1"
	go test -run='^$' -fuzz="^$name\$" -fuzztime="$1" "$folder" </dev/null
done <<<"$targets"
