-- name: EvictUnverifiedEmail :exec
-- Takes an address from whoever claimed it and did not verify it: nobody can
-- squat on another's address.
UPDATE users SET email = NULL, email_key = NULL, updated_at = @now
WHERE site_id = @site_id AND email_key = @email_key::text AND email_verified_at IS NULL AND id <> @id;

-- name: SetVerifiedEmail :one
UPDATE users SET email = @email::text, email_key = @email_key::text, email_verified_at = @now::timestamptz, updated_at = @now::timestamptz
WHERE site_id = @site_id AND id = @id AND status = 1
RETURNING *;
