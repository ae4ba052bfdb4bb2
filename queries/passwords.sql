-- name: ResetPassword :one
-- Sets the password of the user, also of one that waits for an operator. No row: the user was disabled or deleted, its
-- deletion is due, or it no longer has the address.
UPDATE users SET password_hash = @password_hash::text, updated_at = @now::timestamptz
WHERE site_id = @site_id AND id = @id AND (status = 1 OR waiting)
    AND (delete_at IS NULL OR delete_at > @now::timestamptz)
    AND (phone = @address::text OR (email_key = @address::text AND email_verified_at IS NOT NULL))
RETURNING *;
