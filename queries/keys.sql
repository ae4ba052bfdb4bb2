-- Keys of older data versions are computed again in windows of ids, so that no statement
-- reads more than a part of a large table.

-- name: EndOfKeys :one
-- The last id of the next window, 0 if there is none.
SELECT coalesce(max(w.id), 0)::bigint
FROM (SELECT u.id FROM users AS u WHERE u.id > @after::bigint ORDER BY u.id LIMIT 10000) AS w;

-- name: UsersWithOldKeys :many
SELECT id, user_name, user_name_key, user_name_skeleton, email, email_key, phone, keys_version
FROM users
WHERE id > @after::bigint AND id <= @last::bigint AND keys_version < @keys_version::integer
ORDER BY id;

-- name: KeepKeys :exec
-- The keys of these users are the same by the new version.
UPDATE users SET keys_version = @keys_version::integer
WHERE id = ANY (@ids::bigint[]) AND keys_version < @keys_version::integer;

-- name: ReplaceKeys :execrows
-- No row means that an identifier has changed since it was read. The row still has an older version, so the
-- next run finds the user.
UPDATE users SET
    user_name_key = sqlc.narg(user_name_key)::text, user_name_skeleton = sqlc.narg(user_name_skeleton)::text,
    email_key = sqlc.narg(email_key)::text, phone = sqlc.narg(phone)::text, keys_version = @keys_version::integer
WHERE id = @id::bigint AND user_name IS NOT DISTINCT FROM sqlc.narg(user_name)::text
    AND email IS NOT DISTINCT FROM sqlc.narg(email)::text AND phone IS NOT DISTINCT FROM sqlc.narg(old_phone)::text;

-- name: FinishKeys :exec
-- An older `migrate` that ends later does not lower the version.
UPDATE keys_done SET version = greatest(version, @version::integer) WHERE single;

-- name: KeysDone :one
SELECT (k.version >= @version::integer)::boolean FROM keys_done AS k WHERE k.single;
