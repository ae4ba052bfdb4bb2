-- name: InsertServiceKey :one
INSERT INTO service_keys (name, hash, scopes, site_id, created_at, expires_at)
VALUES (@name, @hash, @scopes::text[], sqlc.narg(site_id), @created_at, sqlc.narg(expires_at))
RETURNING *;

-- name: ServiceKeyByID :one
SELECT * FROM service_keys WHERE id = @id;

-- name: RevokeServiceKey :one
-- No row: there is no such key, or it was revoked before.
UPDATE service_keys SET revoked_at = @now::timestamptz
WHERE name = @name AND revoked_at IS NULL
RETURNING *;

-- name: TouchServiceKey :exec
-- Stores the time of a use, unless a use after stale is stored.
UPDATE service_keys SET used_at = @now::timestamptz
WHERE id = @id AND (used_at IS NULL OR used_at < @stale::timestamptz);
