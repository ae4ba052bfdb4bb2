-- name: ChangeProfile :one
-- A field with a parameter …_given stays as it is unless that is true; any other field stays if its parameter is
-- NULL. No row means that the user was disabled or deleted meanwhile. If avatar_url no longer names the uploaded
-- picture, the picture is deleted. An operator changes disabled users, too. A change by an operator does not delay
-- the holder's next change, and an address that an operator sets can recover the account at once. Only an operator
-- sets a password here: it changes in the statement that changes the identifiers, because the constraint
-- users_way_in_check looks at both.
WITH changed AS (
    UPDATE users AS c SET
        real_name = coalesce(sqlc.narg(real_name)::text, c.real_name),
        first_name = coalesce(sqlc.narg(first_name)::text, c.first_name),
        last_name = coalesce(sqlc.narg(last_name)::text, c.last_name),
        avatar_url = coalesce(sqlc.narg(avatar_url)::text, c.avatar_url),
        introduce = coalesce(sqlc.narg(introduce)::text, c.introduce),
        birthday = CASE WHEN @birthday_given::boolean THEN sqlc.narg(birthday)::timestamptz ELSE c.birthday END,
        extra = CASE WHEN @extra_given::boolean THEN sqlc.narg(extra)::text::jsonb ELSE c.extra END,
        user_name = CASE WHEN @user_name_given::boolean THEN sqlc.narg(user_name)::text ELSE c.user_name END,
        user_name_key = CASE WHEN @user_name_given THEN sqlc.narg(user_name_key)::text ELSE c.user_name_key END,
        user_name_skeleton = CASE WHEN @user_name_given THEN sqlc.narg(user_name_skeleton)::text
            ELSE c.user_name_skeleton END,
        password_hash = CASE WHEN @by_operator::boolean AND @password_given::boolean
            THEN sqlc.narg(password_hash)::text ELSE c.password_hash END,
        user_name_changed_at = CASE WHEN @user_name_given AND c.user_name IS NOT NULL AND NOT @by_operator
            THEN @now::timestamptz ELSE c.user_name_changed_at END,
        phone = CASE WHEN @phone_given::boolean THEN sqlc.narg(phone)::text ELSE c.phone END,
        phone_since = CASE WHEN @phone_given THEN CASE WHEN NOT @by_operator THEN @now::timestamptz END
            ELSE c.phone_since END,
        email = CASE WHEN @email_given::boolean THEN sqlc.narg(email)::text ELSE c.email END,
        keys_version = CASE WHEN @user_name_given OR @phone_given OR @email_given
            THEN least(c.keys_version, @keys_version::integer) ELSE c.keys_version END,
        email_key = CASE WHEN @email_given THEN sqlc.narg(email_key)::text ELSE c.email_key END,
        email_verified_at = CASE WHEN @email_verified::boolean THEN @now::timestamptz
            WHEN @email_given THEN NULL ELSE c.email_verified_at END,
        email_since = CASE WHEN @email_given AND c.email_key IS DISTINCT FROM sqlc.narg(email_key)::text
            THEN CASE WHEN NOT @by_operator THEN @now::timestamptz END ELSE c.email_since END,
        updated_at = @now::timestamptz
    WHERE c.site_id = @site_id AND c.id = @id AND (c.status = 1 OR @by_operator)
    RETURNING c.*
), replaced AS (
    DELETE FROM avatars AS a USING changed AS c
    WHERE a.user_id = c.id AND position(encode(a.hash, 'hex') IN c.avatar_url) = 0
)
SELECT * FROM changed;

-- name: LockIdentifiers :many
-- Locks the user that changes its identifiers and the user that has its new email, in one order, so
-- that two users that swap their addresses do not deadlock.
SELECT * FROM users AS l
WHERE l.id = ANY (ARRAY(
    SELECT @id::bigint UNION ALL
    SELECT u.id FROM users AS u WHERE u.site_id = @site_id AND u.email_key = sqlc.narg(email_key)::text
))
ORDER BY l.id
FOR UPDATE;

-- name: RefuseKeptName :one
-- Fails like a violated constraint if the new name of a user is reserved: it was the name of a
-- deleted user.
SELECT refuse_kept_name(@id::bigint, @site_id::bigint, @kept_name_macs::bytea[], @now::timestamptz)::bigint AS id;
