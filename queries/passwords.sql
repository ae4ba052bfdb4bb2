-- name: ResetPassword :one
-- Sets the password of the user and ends all its sessions and tokens, by tokens_valid_from. That
-- time is later than that of any earlier call, because a login that has begun before compares
-- it. No row: the user was disabled, or the address is no longer its own.
UPDATE users SET
    password_hash = @password_hash::text, updated_at = @now::timestamptz,
    tokens_valid_from = greatest(
        date_trunc('second', @now::timestamptz) + interval '1 second',
        tokens_valid_from + interval '1 microsecond'
    )
WHERE site_id = @site_id AND id = @id AND status = 1
    AND (phone = @address::text OR (email_key = @address::text AND email_verified_at IS NOT NULL))
RETURNING *;
