#!/usr/bin/env bash
# Creates the files of deploy/secrets that compose.yaml uses: the signing key, the
# secret, and a password and a database URL for each of the two roles. If one of these
# files exists, it fails and writes none. Build bin/enroll first (make build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
umask 077

# Passwords are not overwritten either: the roles of an existing database have the old ones.
for name in token-key.pem secret postgres enroll_owner{,.url} enroll_app{,.url}; do
	if [ -e "secrets/$name" ]; then
		echo "$PWD/secrets/$name exists: secrets.sh overwrites nothing" >&2
		exit 1
	fi
done
../bin/enroll keygen secrets >/dev/null
for role in enroll_owner enroll_app; do
	password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
	printf '%s' "$password" >"secrets/$role"
	printf 'postgres://%s:%s@postgres:5432/enroll' "$role" "$password" >"secrets/$role.url"
done
od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >secrets/postgres
echo "made in $PWD/secrets; back up token-key.pem and secret"
