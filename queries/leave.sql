-- name: RequestDeletion :one
-- Sets the time of the user's deletion. No row: since the password was verified the user was disabled,
-- its password was changed, or the deletion was requested by another session.
UPDATE users SET delete_at = @delete_at::timestamptz
WHERE id = @id AND status = 1 AND delete_at IS NULL
    AND password_hash IS NOT DISTINCT FROM sqlc.narg(password_hash)::text
RETURNING *;

-- name: PendingDeletion :one
-- Locks a user as a login does, and returns the time of its deletion. No row: the user is gone.
SELECT users.delete_at FROM users WHERE users.id = @id FOR NO KEY UPDATE;

-- name: DeletionsWaiting :one
SELECT count(*) FROM users WHERE delete_at IS NOT NULL;

-- name: DueUsers :many
-- Users whose deletion is due. A user with a notice that was not sent yet, such as the one about the deletion
-- itself, waits until told_by at most. The notices are looked up by a subquery, because for NOT EXISTS the planner
-- may read all notices.
SELECT u.id, u.site_id, u.user_name_key, u.user_name_skeleton, u.email_key, u.phone, u.waiting FROM users AS u
WHERE u.delete_at <= @due::timestamptz
    AND (u.delete_at <= @told_by::timestamptz
        OR (SELECT n.id FROM notices AS n WHERE n.user_id = u.id LIMIT 1) IS NULL)
ORDER BY u.delete_at
LIMIT 1000;

-- name: UnlinkInvited :execrows
-- Users that a leaving user has invited stay, and their inviter is forgotten. Rows that are locked are left
-- to the next round, so that this statement waits for no lock.
UPDATE users SET parent_id = NULL
WHERE id = ANY (ARRAY(
    SELECT c.id FROM users AS c
    WHERE c.parent_id = ANY (@ids::bigint[])
    ORDER BY c.id
    LIMIT 1000
    FOR NO KEY UPDATE SKIP LOCKED
));

-- name: KeepNames :exec
-- Reserves the names of users before the users are deleted.
INSERT INTO kept_names AS k (site_id, name_mac, kept_until)
SELECT w.site_id, w.name_mac, @kept_until::timestamptz
FROM (SELECT unnest(@site_ids::bigint[]) AS site_id, unnest(@name_macs::bytea[]) AS name_mac) AS w
ORDER BY w.site_id, w.name_mac
ON CONFLICT ON CONSTRAINT kept_names_pk DO UPDATE SET kept_until = greatest(k.kept_until, excluded.kept_until);

-- name: PurgeKeptNames :execrows
DELETE FROM kept_names
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM kept_names AS p
    WHERE p.kept_until < @kept_before
    ORDER BY p.kept_until
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));

-- name: DeleteUsers :execrows
-- Deletes users that are still due. Foreign keys delete their sessions, notices, avatars and remembered
-- registrations with them. A user that still has invited users waits for UnlinkInvited.
DELETE FROM users
WHERE id = ANY (ARRAY(
    SELECT u.id FROM users AS u
    WHERE u.id = ANY (@ids::bigint[]) AND u.delete_at <= @due::timestamptz
        AND NOT EXISTS (SELECT FROM users AS c WHERE c.parent_id = u.id)
    ORDER BY u.id
    FOR UPDATE SKIP LOCKED
));
