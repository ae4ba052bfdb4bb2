-- name: InsertUser :one
INSERT INTO users (
    site_id, parent_id,
    user_name, user_name_key, user_name_skeleton,
    email, email_key, phone, password_hash,
    real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used,
    created_at, updated_at, last_login_at
) VALUES (
    @site_id, @parent_id,
    @user_name, @user_name_key, @user_name_skeleton,
    @email, @email_key, @phone, @password_hash,
    @real_name, @avatar_url, @group_id, 1, false,
    0, 0, @invite_code, @invite_limit, 0,
    @now, @now, @now
)
RETURNING id, site_id, parent_id, user_name, user_name_key, user_name_skeleton, email, email_key,
    email_verified_at, phone, password_hash, real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used, created_at, updated_at,
    last_login_at, expires_at;

-- name: UserByID :one
SELECT id, site_id, parent_id, user_name, user_name_key, user_name_skeleton, email, email_key,
    email_verified_at, phone, password_hash, real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used, created_at, updated_at,
    last_login_at, expires_at
FROM users
WHERE site_id = @site_id AND id = @id;

-- name: UserByUserName :one
SELECT id, site_id, parent_id, user_name, user_name_key, user_name_skeleton, email, email_key,
    email_verified_at, phone, password_hash, real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used, created_at, updated_at,
    last_login_at, expires_at
FROM users
WHERE site_id = @site_id AND user_name_key = @user_name_key::text;

-- An email that nobody has verified is no way in: whoever typed it at
-- registration need not be its owner.

-- name: UserByVerifiedEmail :one
SELECT id, site_id, parent_id, user_name, user_name_key, user_name_skeleton, email, email_key,
    email_verified_at, phone, password_hash, real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used, created_at, updated_at,
    last_login_at, expires_at
FROM users
WHERE site_id = @site_id AND email_key = @email_key::text AND email_verified_at IS NOT NULL;

-- name: UserByPhone :one
SELECT id, site_id, parent_id, user_name, user_name_key, user_name_skeleton, email, email_key,
    email_verified_at, phone, password_hash, real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used, created_at, updated_at,
    last_login_at, expires_at
FROM users
WHERE site_id = @site_id AND phone = @phone::text;

-- name: RecordLogin :exec
UPDATE users SET last_login_at = @now WHERE id = @id;

-- name: ReplacePasswordHash :execrows
-- Only the hash that was verified is replaced, so that a password changed
-- meanwhile stays changed.
UPDATE users SET password_hash = @new_hash::text, updated_at = @now
WHERE id = @id AND password_hash = @old_hash::text;
