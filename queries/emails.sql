-- name: LockEmail :many
-- Locks the user that verifies an address and the user of that address, in one order, so that
-- two users that swap their addresses do not deadlock. taken: another user has verified it.
SELECT l.id, coalesce(
    l.id <> @id::bigint AND l.email_key = @email_key::text AND l.email_verified_at IS NOT NULL, false
)::boolean AS taken
FROM users AS l
WHERE l.id = ANY (ARRAY(
    SELECT @id::bigint UNION ALL
    SELECT u.id FROM users AS u WHERE u.site_id = @site_id AND u.email_key = @email_key::text
))
ORDER BY l.id
FOR UPDATE;

-- name: EvictUnverifiedEmail :exec
-- Removes an email from the users of the site who have it unverified, except @id. It runs when @id
-- has verified the email: a claim without proof must not keep an address from its owner.
UPDATE users SET email = NULL, email_key = NULL, updated_at = @now
WHERE site_id = @site_id AND email_key = @email_key::text AND email_verified_at IS NULL AND id <> @id;

-- name: SetVerifiedEmail :one
-- unsettled: an email that takes the place of another or of none recovers nothing for a day.
UPDATE users SET
    email = @email::text, email_key = @email_key::text,
    email_since = CASE WHEN @unsettled::boolean AND email_key IS DISTINCT FROM @email_key::text
        THEN @now::timestamptz ELSE email_since END,
    email_verified_at = @now::timestamptz, updated_at = @now::timestamptz
WHERE site_id = @site_id AND id = @id AND status = 1
RETURNING *;
