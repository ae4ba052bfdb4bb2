-- name: SpendCodeAndInsertUser :one
-- Spends the code that was tried, if there is one, and inserts the user and its session: one
-- statement, so that a registration is one round trip and holds no lock while it waits for another.
-- The user is inserted if the outcome is 'none' (there is no code) or 'spent'. With any other
-- outcome of the function, nothing has changed and the id is 0. A violated constraint undoes both.
-- If the code was sent to the email, the email is verified, and users that have it unverified lose it
-- (see EvictUnverifiedEmail). They lose it before the insert, which would otherwise violate the constraint.
-- A user that waits for an operator gets no session, and its status is 0.
-- A spent code of a phone is noted for its country, which is empty for an email.
-- The same statement reads the user's group for the answer, NULL if the group has no row.
WITH code AS MATERIALIZED (
    SELECT CASE WHEN @code_address::text = '' THEN 'none' ELSE spend_code_and_give_back(
        @site_id::bigint, @code_address::text, @code_mac::bytea, @subnet::text, @max_tries::integer, @prefix::text,
        @address_key::text, @asker_key::text, @around_key::text, @now::timestamptz, @known_until::timestamptz,
        sqlc.narg(email)::text IS NOT NULL AND NOT @email_proven::boolean
    ) END AS outcome
), noted AS (
    INSERT INTO sms_uses (day, country)
    SELECT @day::date, @country::text FROM code
    WHERE code.outcome = 'spent' AND @country::text <> ''
), evicted AS (
    UPDATE users AS e SET email = NULL, email_key = NULL, updated_at = @now::timestamptz
    FROM code
    WHERE @email_proven::boolean AND code.outcome = 'spent'
        AND e.site_id = @site_id::bigint AND e.email_key = sqlc.narg(email_key)::text AND e.email_verified_at IS NULL
    RETURNING e.id
), inserted AS (
    INSERT INTO users (
        site_id, parent_id,
        user_name, user_name_key, user_name_skeleton,
        email, email_key, email_verified_at, phone, password_hash,
        real_name, first_name, last_name, avatar_url, group_id, status, is_retailer,
        balance, total_reward, invite_code, invite_limit, invites_used,
        created_at, updated_at, last_login_at, registration_network, keys_version, invitation_id, waiting,
        terms_version, terms_at, terms_language
    ) SELECT
        @site_id::bigint, sqlc.narg(parent_id)::bigint,
        sqlc.narg(user_name)::text, sqlc.narg(user_name_key)::text, sqlc.narg(user_name_skeleton)::text,
        sqlc.narg(email)::text, sqlc.narg(email_key)::text,
        CASE WHEN @email_proven::boolean THEN @now::timestamptz END,
        sqlc.narg(phone)::text, sqlc.narg(password_hash)::text,
        @real_name::text, @first_name::text, @last_name::text, @avatar_url::text, @group_id::bigint,
        CASE WHEN @waiting::boolean THEN 0 ELSE 1 END, false,
        0, 0, @invite_code::text, sqlc.narg(invite_limit)::integer, 0,
        @now::timestamptz, @now::timestamptz, @now::timestamptz, sqlc.narg(registration_network)::bytea,
        @keys_version::integer, sqlc.narg(invitation_id)::bigint, @waiting::boolean,
        sqlc.narg(terms_version)::text, sqlc.narg(terms_at)::timestamptz, sqlc.narg(terms_language)::text
    FROM code WHERE code.outcome IN ('none', 'spent') AND (SELECT count(*) FROM evicted) >= 0
    RETURNING refuse_kept_name(users.id, users.site_id, @kept_name_macs::bytea[], @now::timestamptz) AS id
), session AS (
    INSERT INTO sessions (user_id, id, created_at, used_at, expires_at, network, agent)
    SELECT inserted.id, @session_id::text, @now::timestamptz, @now::timestamptz, @session_expires_at::timestamptz,
        @session_network::text, @session_agent::text
    FROM inserted WHERE NOT @waiting::boolean
)
SELECT code.outcome::text AS outcome, coalesce((SELECT inserted.id FROM inserted), 0)::bigint AS id,
    g.title, g.description, g.level
FROM code LEFT JOIN groups AS g ON g.site_id = @site_id::bigint AND g.id = @group_id::bigint;

-- name: InsertUser :one
-- Inserts a user that an operator creates. It has no session and no network of a registration. The time of
-- its last login is that of its creation, as after a registration.
INSERT INTO users (
    site_id, user_name, user_name_key, user_name_skeleton,
    email, email_key, email_verified_at, phone, password_hash,
    real_name, first_name, last_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used,
    created_at, updated_at, last_login_at, keys_version
) VALUES (
    @site_id, sqlc.narg(user_name), sqlc.narg(user_name_key), sqlc.narg(user_name_skeleton),
    sqlc.narg(email), sqlc.narg(email_key), CASE WHEN @email_verified::boolean THEN @now::timestamptz END,
    sqlc.narg(phone), sqlc.narg(password_hash),
    @real_name, @first_name, @last_name, @avatar_url, @group_id, @status, false,
    0, 0, @invite_code, sqlc.narg(invite_limit), 0,
    @now::timestamptz, @now::timestamptz, @now::timestamptz, @keys_version
)
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

-- name: ReplacePasswordHash :execrows
-- Only the hash that was verified is replaced, so that a password changed
-- meanwhile stays changed.
UPDATE users SET password_hash = @new_hash::text, updated_at = @now
WHERE id = @id AND password_hash IS NOT DISTINCT FROM sqlc.narg(old_hash)::text;
