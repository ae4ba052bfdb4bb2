#!/bin/sh
# Sets the passwords of the two roles of roles.sql from /run/secrets. The image of
# PostgreSQL runs it once, after roles.sql, when it creates its database.
set -eu
for role in enroll_owner enroll_app; do
	# psql reads the password from the file: an argument is visible to other processes.
	PASSWORD_FILE="${SECRETS_DIR:-/run/secrets}/$role" \
		psql -qX -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v role="$role" <<'END'
SET password_encryption = 'scram-sha-256';
\set password `cat "$PASSWORD_FILE"`
ALTER ROLE :"role" PASSWORD :'password';
END
done
