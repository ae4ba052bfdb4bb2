-- name: PutAvatar :execrows
-- Stores a picture in the place of the user's earlier one, and sets its path, both or neither. No
-- row means that the user was disabled or deleted meanwhile.
WITH owner AS (
    UPDATE users SET avatar_url = @avatar_url, updated_at = @now::timestamptz
    WHERE site_id = @site_id AND id = @id AND status = 1
    RETURNING id
)
INSERT INTO avatars AS a (user_id, hash, media, data, created_at)
SELECT owner.id, @hash::bytea, @media::text, @data::bytea, @now::timestamptz FROM owner
ON CONFLICT ON CONSTRAINT avatars_pk DO UPDATE SET
    hash = excluded.hash, media = excluded.media, data = excluded.data, created_at = excluded.created_at;

-- name: AvatarByHash :one
SELECT media, data FROM avatars
WHERE hash = @hash
LIMIT 1;
