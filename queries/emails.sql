-- name: EvictUnverifiedEmail :exec
-- Takes an address from whoever claimed it and did not verify it: nobody can
-- squat on another's address.
UPDATE users SET email = NULL, email_key = NULL, updated_at = @now
WHERE site_id = @site_id AND email_key = @email_key::text AND email_verified_at IS NULL AND id <> @id;

-- name: SetVerifiedEmail :one
UPDATE users SET email = @email::text, email_key = @email_key::text, email_verified_at = @now::timestamptz, updated_at = @now::timestamptz
WHERE site_id = @site_id AND id = @id AND status = 1
RETURNING id, site_id, parent_id, user_name, user_name_key, user_name_skeleton, email, email_key,
    email_verified_at, phone, password_hash, real_name, avatar_url, group_id, status, is_retailer,
    balance, total_reward, invite_code, invite_limit, invites_used, created_at, updated_at,
    last_login_at, expires_at;
