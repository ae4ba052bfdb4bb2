-- What is held about a user. Each list has a bound, which the contract states. If a list of sessions or of changes
-- has more rows, the newest are returned.

-- name: ExportAvatar :one
SELECT media, data, created_at FROM avatars WHERE user_id = @user_id;

-- name: ExportSessions :many
SELECT s.id, s.created_at, s.used_at, s.expires_at, s.ended_at, s.network, s.agent
FROM sessions AS s
WHERE s.user_id = @user_id AND s.id IN (
    SELECT n.id FROM sessions AS n
    WHERE n.user_id = @user_id
    ORDER BY n.created_at DESC, n.id DESC
    LIMIT 1000
)
ORDER BY s.created_at, s.id;

-- name: ExportCodes :many
-- Codes that the user has requested, and those that were sent to an address of the user without a login.
SELECT address, purpose, sent_at, expires_at FROM one_time_codes
WHERE site_id = @site_id
    AND (user_id = @user_id::bigint AND user_id <> 0 OR user_id = 0 AND address = ANY (@addresses::text[]))
ORDER BY sent_at, address, purpose
LIMIT 1000;

-- name: ExportNotices :many
SELECT kind, address, locale, created_at, due_at, attempts FROM notices
WHERE user_id = @user_id
ORDER BY id
LIMIT 1000;

-- name: ExportCounts :many
SELECT scope, used, ends_at FROM budgets
WHERE scope = ANY (@scopes::text[]) AND key = @key::text
ORDER BY scope
LIMIT 100;

-- name: ExportLoginTries :many
SELECT network, tries, window_start, known_until FROM login_tries
WHERE name_mac = ANY (@name_macs::bytea[])
ORDER BY window_start, network
LIMIT 1000;

-- name: ExportChanges :many
-- Of an act of an operator the network is the operator's, and left out.
SELECT at, actor, act, (CASE WHEN actor = 'self' THEN network ELSE '' END)::text AS network, detail
FROM audit_entries
WHERE user_id = @user_id::bigint
ORDER BY id DESC
LIMIT 10000;
