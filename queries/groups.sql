-- name: Groups :many
SELECT * FROM groups
WHERE site_id = @site_id
ORDER BY level, id
LIMIT 1000;

-- name: GroupByID :one
SELECT * FROM groups
WHERE site_id = @site_id AND id = @id;

-- name: HoldGroup :one
-- Keeps a group from being deleted until the end of the transaction that puts a user into it.
SELECT * FROM groups
WHERE site_id = @site_id AND id = @id
FOR KEY SHARE;

-- name: LockGroup :one
SELECT * FROM groups
WHERE site_id = @site_id AND id = @id
FOR UPDATE;

-- name: GroupHasUsers :one
-- A statement of its own after LockGroup, so that it sees a user whose transaction LockGroup waited for. It asks for
-- the latest user, because PostgreSQL plans EXISTS as if the group had many users, and then reads the whole table
-- for a group without users.
SELECT ((
    SELECT id FROM users
    WHERE site_id = @site_id AND group_id = @group_id
    ORDER BY created_at DESC, id DESC
    LIMIT 1
) IS NOT NULL)::boolean AS found;

-- name: InsertGroup :one
INSERT INTO groups (site_id, id, title, description, level)
VALUES (@site_id, @id, @title, @description, @level)
RETURNING *;

-- name: UpdateGroup :one
UPDATE groups SET title = @title, description = @description, level = @level
WHERE site_id = @site_id AND id = @id
RETURNING *;

-- name: DeleteGroup :exec
DELETE FROM groups
WHERE site_id = @site_id AND id = @id;
