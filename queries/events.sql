-- Triggers write events (schema/00043_events.sql). A reader follows the log in the order of (tx, id), but only below
-- events_below(): no event can still appear there, so a reader misses none.

-- name: EventsAfter :many
SELECT * FROM events AS e
WHERE (e.tx, e.id) > (@after_tx::bigint, @after_id::bigint) AND e.tx < events_below()
ORDER BY e.tx, e.id
LIMIT @page;

-- name: EventsOfUser :many
-- The order of seq is that of (tx, id), too.
SELECT * FROM events AS e
WHERE e.user_id = @user_id::bigint AND (e.tx, e.id) > (@after_tx::bigint, @after_id::bigint) AND e.tx < events_below()
ORDER BY e.seq
LIMIT @page;

-- name: PurgeEvents :execrows
DELETE FROM events
WHERE ctid = ANY (ARRAY(
    SELECT e.ctid FROM events AS e
    WHERE e.at < @kept_after::timestamptz
    ORDER BY e.at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
