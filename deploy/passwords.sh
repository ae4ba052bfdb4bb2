#!/bin/sh
# Creates the two roles of roles.sql, which is beside it, and sets their passwords from
# /run/secrets. compose.yaml runs it as the owner of these files before `migrate`; it may be run
# again at any time, and then sets new passwords.
#
# PostgreSQL's image would run it as the user postgres, who cannot read files of mode 0600.
set -eu
secrets=${SECRETS_DIR:-/run/secrets}
read_secret() {
	value=$(cat "$secrets/$1")
	if [ -z "$value" ]; then
		echo "$secrets/$1 is empty" >&2
		exit 1
	fi
}

read_secret postgres
export PGPASSWORD="$value"
psql -qX -v ON_ERROR_STOP=1 --single-transaction -f "$(dirname "$0")/roles.sql"
for role in enroll_owner enroll_app; do
	read_secret "$role"
	# The environment of a process can be read by its own user only, its arguments by all. psql 15 or
	# newer has \getenv; an older one fails.
	PASSWORD="$value" psql -qX -v ON_ERROR_STOP=1 -v role="$role" <<'SQL'
SET password_encryption = 'scram-sha-256';
\getenv password PASSWORD
ALTER ROLE :"role" PASSWORD :'password';
SQL
done
