-- name: EvictUnverifiedEmail :exec
-- Removes an email from the users of the site who have it unverified, except @id. It runs when @id
-- has verified the email or an operator vouches for it: a claim without proof must not keep an
-- address from its owner.
UPDATE users SET email = NULL, email_key = NULL, updated_at = @now
WHERE site_id = @site_id AND email_key = @email_key::text AND email_verified_at IS NULL AND id <> @id;

-- name: SetVerifiedEmail :one
UPDATE users SET
    email = @email::text, email_key = @email_key::text, keys_version = least(keys_version, @keys_version::integer),
    email_verified_at = @now::timestamptz, updated_at = @now::timestamptz
WHERE site_id = @site_id AND id = @id AND status = 1
RETURNING *;
