#!/bin/sh
# Creates the two roles of roles.sql, which is beside it, and sets their passwords from
# /run/secrets. compose.yaml runs it as the owner of these files before `migrate`. It may be run
# again at any time, and sets the passwords that the files then have.
#
# PostgreSQL's image would run it as the user postgres, who cannot read files of mode 0600.
set -eu
secrets=${SECRETS_DIR:-/run/secrets}
# read_secret sets value to the secret of a file, without the newline at its end.
read_secret() {
	value=$(cat "$secrets/$1")
	if [ -z "$value" ]; then
		echo "$secrets/$1 is empty" >&2
		exit 1
	fi
}

# All secrets are read before a password changes, and both passwords change in one transaction.
read_secret postgres
export PGPASSWORD="$value"
read_secret enroll_owner
owner=$value
read_secret enroll_app
app=$value
psql -qX -v ON_ERROR_STOP=1 --single-transaction -f "$(dirname "$0")/roles.sql"
# The environment of a process can be read by its own user only, its arguments by all. psql 15 or
# newer has \getenv; an older one fails.
OWNER_PASSWORD="$owner" APP_PASSWORD="$app" psql -qX -v ON_ERROR_STOP=1 <<'SQL'
\getenv owner OWNER_PASSWORD
\getenv app APP_PASSWORD
BEGIN;
SET LOCAL password_encryption = 'scram-sha-256';
ALTER ROLE enroll_owner PASSWORD :'owner';
ALTER ROLE enroll_app PASSWORD :'app';
COMMIT;
SQL
