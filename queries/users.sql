-- name: InsertUser :one
-- Spends the phone code that was tried, if there is one, and inserts the user:
-- one statement, so that a registration is one round trip and holds no lock
-- while it waits for another. No row means that the code is spent, has expired
-- or has no try left (I2); then nothing has changed. A violated constraint undoes
-- both. A code that comes back counts for its prefix, where that is watched.
WITH spent AS (
    UPDATE codes AS c SET code_mac = NULL, failures = 0
    WHERE c.site_id = @site_id AND c.address = @code_address::text
        AND c.code_mac = @code_mac::bytea AND c.purpose = 'register' AND c.expires_at > @now::timestamptz
        AND c.tries < @max_tries::integer AND c.failures < @max_failures::integer
    RETURNING 1
), redeemed AS (
    UPDATE sms_budgets AS b SET redeemed = b.redeemed + 1
    WHERE b.scope = 'prefix' AND b.key = @watched_prefix::text AND b.window_start > @watched_since::timestamptz
        AND EXISTS (SELECT FROM spent)
)
INSERT INTO users (
    site_id, parent_id,
    user_name, user_name_key, user_name_skeleton,
    email, email_key, phone, password_hash,
    real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used,
    created_at, updated_at, last_login_at
) SELECT
    @site_id::bigint, sqlc.narg(parent_id)::bigint,
    sqlc.narg(user_name)::text, sqlc.narg(user_name_key)::text, sqlc.narg(user_name_skeleton)::text,
    sqlc.narg(email)::text, sqlc.narg(email_key)::text, sqlc.narg(phone)::text, sqlc.narg(password_hash)::text,
    @real_name::text, @avatar_url::text, @group_id::bigint, 1, false,
    0, 0, @invite_code::text, sqlc.narg(invite_limit)::integer, 0,
    @now::timestamptz, @now::timestamptz, @now::timestamptz
WHERE @code_address::text = '' OR EXISTS (SELECT FROM spent)
RETURNING *;

-- name: UserByID :one
SELECT * FROM users
WHERE site_id = @site_id AND id = @id;

-- name: UserByUserName :one
SELECT * FROM users
WHERE site_id = @site_id AND user_name_key = @user_name_key::text;

-- An email that nobody has verified is no way in: whoever typed it at
-- registration need not be its owner.

-- name: UserByVerifiedEmail :one
SELECT * FROM users
WHERE site_id = @site_id AND email_key = @email_key::text AND email_verified_at IS NOT NULL;

-- name: UserByPhone :one
SELECT * FROM users
WHERE site_id = @site_id AND phone = @phone::text;

-- name: RecordLogin :execrows
-- No row means that the user was disabled since its credentials were looked up.
UPDATE users SET last_login_at = @now WHERE id = @id AND status = 1;

-- name: ReplacePasswordHash :execrows
-- Only the hash that was verified is replaced, so that a password changed
-- meanwhile stays changed.
UPDATE users SET password_hash = @new_hash::text, updated_at = @now
WHERE id = @id AND password_hash = @old_hash::text;
