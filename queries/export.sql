-- What is held about a user. Each list has a bound, which the contract states. If a list other than the counts has
-- more rows, the newest are returned.

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
SELECT n.address, n.purpose, n.sent_at, n.expires_at
FROM (
    SELECT c.address, c.purpose, c.sent_at, c.expires_at FROM one_time_codes AS c
    WHERE c.site_id = @site_id
        AND (c.user_id = @user_id::bigint AND c.user_id <> 0 OR c.user_id = 0 AND c.address = ANY (@addresses::text[]))
    ORDER BY c.sent_at DESC, c.address DESC, c.purpose DESC
    LIMIT 1000
) AS n
ORDER BY n.sent_at, n.address, n.purpose;

-- name: ExportNotices :many
SELECT n.kind, n.address, n.locale, n.created_at, n.due_at, n.attempts
FROM (
    SELECT i.id, i.kind, i.address, i.locale, i.created_at, i.due_at, i.attempts FROM notices AS i
    WHERE i.user_id = @user_id
    ORDER BY i.id DESC
    LIMIT 1000
) AS n
ORDER BY n.id;

-- name: ExportCounts :many
SELECT scope, used, ends_at FROM budgets
WHERE scope = ANY (@scopes::text[]) AND key = @key::text
ORDER BY scope
LIMIT 100;

-- name: ExportLoginTries :many
SELECT n.network, n.tries, n.window_start, n.known_until
FROM (
    SELECT l.network, l.tries, l.window_start, l.known_until FROM login_tries AS l
    WHERE l.name_mac = ANY (@name_macs::bytea[])
    ORDER BY l.window_start DESC, l.network DESC
    LIMIT 1000
) AS n
ORDER BY n.window_start, n.network;

-- name: ExportChanges :many
-- In an entry about an act of an operator the network is that of the operator, so it is left out.
SELECT at, actor, act, (CASE WHEN actor = 'self' THEN network ELSE '' END)::text AS network, detail
FROM audit_entries
WHERE user_id = @user_id::bigint
ORDER BY id DESC
LIMIT 10000;
