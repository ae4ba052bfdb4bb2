-- name: ChangeProfile :one
-- A field that is NULL stays as it is. No row means that the user was disabled meanwhile. A picture
-- that was uploaded goes with its path.
WITH changed AS (
    UPDATE users AS c SET
        real_name = coalesce(sqlc.narg(real_name)::text, c.real_name),
        first_name = coalesce(sqlc.narg(first_name)::text, c.first_name),
        last_name = coalesce(sqlc.narg(last_name)::text, c.last_name),
        avatar_url = coalesce(sqlc.narg(avatar_url)::text, c.avatar_url),
        introduce = coalesce(sqlc.narg(introduce)::text, c.introduce),
        birthday = CASE WHEN @birthday_given::boolean THEN sqlc.narg(birthday)::timestamptz ELSE c.birthday END,
        updated_at = @now::timestamptz
    WHERE c.site_id = @site_id AND c.id = @id AND c.status = 1
    RETURNING c.*
), replaced AS (
    DELETE FROM avatars AS a USING changed AS c
    WHERE a.user_id = c.id AND position(encode(a.hash, 'hex') IN c.avatar_url) = 0
)
SELECT * FROM changed;
