-- name: LockUserOfAnySite :one
-- Locks a user as EndSessions does. A user's id is unique over all sites.
SELECT * FROM users WHERE id = @id FOR NO KEY UPDATE;

-- name: UserOfAnySite :one
SELECT * FROM users WHERE id = @id;

-- name: UserByEmail :one
-- The user that has an email, verified or not. An operator sees both.
SELECT * FROM users
WHERE site_id = @site_id AND email_key = @email_key::text;

-- name: ListUsers :many
-- The newest users of a site before a place in the list.
SELECT * FROM users
WHERE site_id = @site_id AND (created_at, id) < (@before_at::timestamptz, @before_id::bigint)
    AND created_at >= @created_from::timestamptz
ORDER BY created_at DESC, id DESC
LIMIT @page;

-- name: ListUsersOfGroup :many
SELECT * FROM users
WHERE site_id = @site_id AND group_id = @group_id AND (created_at, id) < (@before_at::timestamptz, @before_id::bigint)
    AND created_at >= @created_from::timestamptz
ORDER BY created_at DESC, id DESC
LIMIT @page;

-- name: ListDisabledUsers :many
-- group_id 0 is any. A user that waits is not disabled.
SELECT * FROM users
WHERE site_id = @site_id AND status = 0 AND NOT waiting AND (@group_id::bigint = 0 OR group_id = @group_id)
    AND (created_at, id) < (@before_at::timestamptz, @before_id::bigint)
    AND created_at >= @created_from::timestamptz
ORDER BY created_at DESC, id DESC
LIMIT @page;

-- name: ListWaitingUsers :many
-- group_id 0 is any.
SELECT * FROM users
WHERE site_id = @site_id AND waiting AND (@group_id::bigint = 0 OR group_id = @group_id)
    AND (created_at, id) < (@before_at::timestamptz, @before_id::bigint)
    AND created_at >= @created_from::timestamptz
ORDER BY created_at DESC, id DESC
LIMIT @page;

-- name: ListInvitedUsers :many
-- The users that have registered by an invitation of an operator. group_id 0 is any. A filter by group or status reads
-- all users of the invitation.
SELECT * FROM users
WHERE site_id = @site_id AND invitation_id = @invitation_id::bigint
    AND (@group_id::bigint = 0 OR group_id = @group_id) AND (NOT @disabled::boolean OR status = 0 AND NOT waiting)
    AND (NOT @waiting::boolean OR waiting)
    AND (created_at, id) < (@before_at::timestamptz, @before_id::bigint)
    AND created_at >= @created_from::timestamptz
ORDER BY created_at DESC, id DESC
LIMIT @page;

-- name: SetUserStatus :one
-- A trigger ends all sessions of a user that is disabled. A user that waits for approval waits no longer, because the
-- operator has decided about it.
UPDATE users SET status = @status, waiting = false, updated_at = @now
WHERE id = @id
RETURNING *;

-- name: SetUserGroup :one
UPDATE users SET group_id = @group_id, updated_at = @now
WHERE id = @id
RETURNING *;

-- name: DeleteUserNow :one
-- From this moment on each login of the user fails, so no login cancels the deletion. A purge deletes the row a
-- minute later, or after the user's notices.
UPDATE users SET delete_at = @now::timestamptz
WHERE id = @id
RETURNING *;
