-- name: InsertUser :one
-- Spends the code that was tried, if there is one, and inserts the user: one statement,
-- so that a registration is one round trip and holds no lock while it waits for another.
-- No row means that the code is spent, has expired or has no try left (I2); then nothing
-- has changed. A violated constraint undoes both. The spending is that of SpendCode, but that a
-- code which was answered "this email is taken" registers no other email.
WITH spent AS (
    DELETE FROM one_time_codes AS c
    WHERE c.site_id = @site_id AND c.address = @code_address::text AND c.code_mac = @code_mac::bytea
        AND c.expires_at > @now::timestamptz
        AND CASE WHEN c.subnet = @subnet::text THEN c.tries < @max_tries::integer
                 ELSE c.tries_elsewhere < @max_tries::integer END
        AND (NOT c.email_asked OR sqlc.narg(email)::text IS NULL)
    RETURNING c.network
), touched AS (
    SELECT b.scope, b.key FROM budgets AS b, spent
    WHERE b.ends_at > @now::timestamptz AND (
        (b.scope = 'sms_prefix' AND b.key = @prefix::text)
        OR (b.scope = 'network_day' AND b.key = spent.network AND @prefix::text <> '')
        OR (b.scope = 'asker_failures' AND b.key = @asker_key::text)
        OR (b.scope = 'address_failures' AND b.key = @address_key::text AND @subnet::text = ''))
    ORDER BY b.scope, b.key
    FOR UPDATE OF b
), redeemed AS (
    UPDATE budgets AS b SET
        redeemed = b.redeemed + CASE WHEN b.scope IN ('sms_prefix', 'network_day') THEN 1 ELSE 0 END,
        used = CASE WHEN b.scope IN ('sms_prefix', 'network_day') THEN b.used ELSE 0 END
    FROM touched AS t
    WHERE b.scope = t.scope AND b.key = t.key
), known AS (
    INSERT INTO budgets AS k (scope, key, ends_at, used, redeemed)
    SELECT 'asker_known', @asker_key::text, @known_until::timestamptz, 1, 0 FROM spent WHERE @subnet::text <> ''
    ON CONFLICT ON CONSTRAINT budgets_pk DO UPDATE SET ends_at = excluded.ends_at
)
INSERT INTO users (
    site_id, parent_id,
    user_name, user_name_key, user_name_skeleton,
    email, email_key, phone, password_hash,
    real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used,
    created_at, updated_at, last_login_at, registration_network, keys_version
) SELECT
    @site_id::bigint, sqlc.narg(parent_id)::bigint,
    sqlc.narg(user_name)::text, sqlc.narg(user_name_key)::text, sqlc.narg(user_name_skeleton)::text,
    sqlc.narg(email)::text, sqlc.narg(email_key)::text, sqlc.narg(phone)::text, sqlc.narg(password_hash)::text,
    @real_name::text, @avatar_url::text, @group_id::bigint, 1, false,
    0, 0, @invite_code::text, sqlc.narg(invite_limit)::integer, 0,
    @now::timestamptz, @now::timestamptz, @now::timestamptz, sqlc.narg(registration_network)::bytea,
    @keys_version::integer
WHERE @code_address::text = '' OR EXISTS (SELECT FROM spent)
RETURNING *;

-- name: UserByID :one
SELECT * FROM users
WHERE site_id = @site_id AND id = @id;

-- name: UserByUserName :one
SELECT * FROM users
WHERE site_id = @site_id AND user_name_key = @user_name_key::text;

-- name: UserByVerifiedEmail :one
-- An unverified email cannot be used to log in: the person who entered it may not be its owner.
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
