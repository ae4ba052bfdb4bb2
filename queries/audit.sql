-- name: AddAuditEntry :exec
INSERT INTO audit_entries (at, actor, actor_name, act, site_id, user_id, network, detail)
VALUES (@at, @actor, @actor_name, @act, sqlc.narg(site_id), sqlc.narg(user_id), @network, @detail);

-- name: AuditEntries :many
-- The newest entries before an id, of all sites.
SELECT * FROM audit_entries
WHERE id < @before
ORDER BY id DESC
LIMIT @page;

-- name: AuditEntriesOfSite :many
SELECT * FROM audit_entries
WHERE site_id = @site_id::bigint AND id < @before
ORDER BY id DESC
LIMIT @page;

-- name: AuditEntriesOfUser :many
SELECT * FROM audit_entries
WHERE user_id = @user_id::bigint AND id < @before
ORDER BY id DESC
LIMIT @page;

-- name: PurgeAuditEntries :one
-- Deletes a batch of 1,000 entries at most. With the roles of deploy/roles.sql the service has no right to delete
-- entries by a statement of its own.
SELECT purge_audit(@kept_after::timestamptz)::bigint AS purged;
