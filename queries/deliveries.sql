-- Deliveries of events to the receivers of ENROLL_EVENTS_URL (schema/00044_deliveries.sql).

-- name: AddEventReceiver :exec
-- A new receiver gets the events of the oldest transaction that still runs and of all later ones.
-- Earlier events are not sent.
INSERT INTO event_receivers (name, tx, id) VALUES (@name, events_below(), 0)
ON CONFLICT ON CONSTRAINT event_receivers_pk DO NOTHING;

-- name: QueueEvents :one
-- One replica at a time reads on for a receiver; others skip it. The cursor and the rows change together. It returns
-- how many events the replica has passed. Without a new event it locks and writes nothing.
WITH place AS MATERIALIZED (
    SELECT r.tx, r.id FROM event_receivers AS r
    WHERE r.name = @receiver::text
        AND EXISTS (SELECT FROM events AS n WHERE (n.tx, n.id) > (r.tx, r.id) AND n.tx < events_below())
    FOR UPDATE SKIP LOCKED
), batch AS MATERIALIZED (
    SELECT e.* FROM place AS p CROSS JOIN LATERAL (
        SELECT n.tx, n.id, n.user_id, n.seq, n.type, n.at FROM events AS n
        WHERE (n.tx, n.id) > (p.tx, p.id) AND n.tx < events_below()
        ORDER BY n.tx, n.id
        LIMIT @page::int
    ) AS e
), queued AS (
    INSERT INTO deliveries (receiver, user_id, seq, last_seq, event_at, queued_at, due_at)
    SELECT @receiver::text, b.user_id, min(b.seq) - 1, max(b.seq), min(b.at), @now::timestamptz, @now::timestamptz
    FROM batch AS b
    WHERE b.type = ANY (@types::text[])
    GROUP BY b.user_id
    ORDER BY b.user_id
    ON CONFLICT ON CONSTRAINT deliveries_pk DO UPDATE SET last_seq = greatest(deliveries.last_seq, EXCLUDED.last_seq)
), moved AS (
    UPDATE event_receivers AS r SET tx = l.tx, id = l.id
    FROM (SELECT b.tx, b.id FROM batch AS b ORDER BY b.tx DESC, b.id DESC LIMIT 1) AS l
    WHERE r.name = @receiver::text
)
SELECT count(*) FROM batch;

-- name: ClaimDeliveries :many
UPDATE deliveries AS d SET claimed = true, turn = d.turn + 1, due_at = @until::timestamptz
WHERE d.ctid = ANY (ARRAY(
    SELECT c.ctid FROM deliveries AS c
    WHERE c.receiver = @receiver::text AND c.due_at <= @now::timestamptz
    ORDER BY c.due_at
    LIMIT @page::int
    FOR UPDATE SKIP LOCKED
))
RETURNING *;

-- name: EventsToDeliver :many
SELECT * FROM events AS e
WHERE e.user_id = @user_id::bigint AND e.seq > @seq::int AND e.seq <= @last_seq::int
ORDER BY e.seq
LIMIT @page::int;

-- name: EndDelivery :execrows
-- Only if no further event was queued meanwhile.
DELETE FROM deliveries AS d
WHERE d.receiver = @receiver::text AND d.user_id = @user_id::bigint AND d.turn = @turn::int AND d.last_seq <= @seq::int;

-- name: ContinueDelivery :execrows
UPDATE deliveries AS d
SET seq = @seq::int, event_at = @event_at::timestamptz, due_at = @due_at::timestamptz, tries = @tries::int,
    claimed = false
WHERE d.receiver = @receiver::text AND d.user_id = @user_id::bigint AND d.turn = @turn::int AND d.last_seq > @seq::int;

-- name: SetAsideEvent :exec
INSERT INTO set_aside_events (receiver, user_id, seq, site_id, type, event_at, at, failure, tries)
VALUES (@receiver, @user_id, @seq, @site_id, @type, @event_at, @at, @failure, @tries)
ON CONFLICT ON CONSTRAINT set_aside_events_pk DO UPDATE SET
    at = EXCLUDED.at, failure = EXCLUDED.failure, tries = EXCLUDED.tries;

-- name: ListSetAsideEvents :many
-- The next rows behind a place, in the order of the primary key. The id is 0 if the event was purged. The inner LIMIT
-- keeps the planner from reading all events.
SELECT s.*, coalesce(e.id, 0)::bigint AS id, coalesce(e.tx, 0)::bigint AS tx, coalesce(e.fields, '{}')::text[] AS fields
FROM (
    SELECT * FROM set_aside_events AS n
    WHERE (n.receiver, n.user_id, n.seq) > (@after_receiver::text, @after_user::bigint, @after_seq::int)
    ORDER BY n.receiver, n.user_id, n.seq
    LIMIT @page::int
) AS s LEFT JOIN LATERAL (
    SELECT v.id, v.tx, v.fields FROM events AS v WHERE v.user_id = s.user_id AND v.seq = s.seq LIMIT 1
) AS e ON true
ORDER BY s.receiver, s.user_id, s.seq;

-- name: DeliveryState :one
-- oldest is the time of the oldest event that the receiver has not got, queued or behind its cursor; now if there is
-- none. set_aside is how many are set aside, up to 10,000.
SELECT
    least(@now::timestamptz,
        (SELECT min(d.event_at) FROM deliveries AS d WHERE d.receiver = @receiver::text),
        (SELECT e.at FROM event_receivers AS r CROSS JOIN LATERAL (
            SELECT n.at FROM events AS n WHERE (n.tx, n.id) > (r.tx, r.id) ORDER BY n.tx, n.id LIMIT 1
        ) AS e WHERE r.name = @receiver::text))::timestamptz AS oldest,
    (SELECT count(*) FROM (
        SELECT FROM set_aside_events AS s WHERE s.receiver = @receiver::text LIMIT 10000
    ) AS s) AS set_aside;

-- name: PurgeSetAsideEvents :execrows
DELETE FROM set_aside_events
WHERE ctid = ANY (ARRAY(
    SELECT s.ctid FROM set_aside_events AS s
    WHERE s.event_at < @kept_after::timestamptz
    ORDER BY s.event_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));

-- name: HoldEventReceiver :exec
-- Another replay to the receiver waits, and replicas pass nothing in the log for it meanwhile (QueueEvents).
SELECT FROM event_receivers AS r WHERE r.name = @receiver::text FOR UPDATE;

-- name: ReplaySetAsideEvents :one
-- Queues events of some users: of each those from the first one that is set aside to the last one that the cursor of
-- the receiver has passed. What was delivered behind the first one is sent again, so that the last event that the
-- receiver gets is the newest. The transaction holds the receiver, so the cursor stays. If a replica sends events of a
-- user at this moment, its turn counts no more, and the user waits until its claim ends: so no second request about the
-- user begins beside it. It returns how many of the selected events are still kept and how many were purged, how many
-- users they are of, and the last of these.
WITH chosen AS MATERIALIZED (
    SELECT s.user_id, (min(s.seq) FILTER (WHERE e.tx > 0))::int AS first_seq,
        (max(s.seq) FILTER (WHERE e.tx > 0))::int AS last_seq, min(s.event_at) AS event_at,
        count(e.tx) AS kept, count(*) - count(e.tx) AS purged
    FROM set_aside_events AS s LEFT JOIN LATERAL (
        SELECT v.tx FROM events AS v WHERE v.user_id = s.user_id AND v.seq = s.seq LIMIT 1
    ) AS e ON true
    WHERE s.receiver = @receiver::text AND s.user_id BETWEEN @from_user::bigint AND @to_user::bigint
        AND s.seq BETWEEN @from_seq::int AND @to_seq::int AND @site_id::bigint IN (0, s.site_id)
        AND @tx::bigint IN (0, e.tx)
    GROUP BY s.user_id
    ORDER BY s.user_id
    LIMIT @page::int
), queued AS (
    INSERT INTO deliveries (receiver, user_id, seq, last_seq, event_at, queued_at, due_at)
    SELECT @receiver::text, c.user_id, c.first_seq - 1,
        -- After a restore the cursor may be before what is set aside, or before all events of the user (NULL).
        greatest(c.last_seq, (
            SELECT v.seq FROM events AS v
            WHERE v.user_id = c.user_id
                AND (v.tx, v.id) <= (SELECT r.tx, r.id FROM event_receivers AS r WHERE r.name = @receiver::text)
            ORDER BY v.seq DESC
            LIMIT 1
        )), c.event_at, @now::timestamptz, @now::timestamptz
    FROM chosen AS c
    WHERE c.kept > 0
    ORDER BY c.user_id
    ON CONFLICT ON CONSTRAINT deliveries_pk DO UPDATE SET
        seq = least(deliveries.seq, EXCLUDED.seq), last_seq = greatest(deliveries.last_seq, EXCLUDED.last_seq),
        event_at = least(deliveries.event_at, EXCLUDED.event_at), queued_at = EXCLUDED.queued_at, tries = 0,
        turn = deliveries.turn + 1,
        due_at = CASE WHEN deliveries.claimed THEN deliveries.due_at ELSE EXCLUDED.due_at END
)
SELECT coalesce(sum(c.kept), 0)::bigint AS kept, coalesce(sum(c.purged), 0)::bigint AS purged, count(*) AS users,
    coalesce(max(c.user_id), 0)::bigint AS last_user
FROM chosen AS c;

-- name: DeleteReplayedEvents :execrows
-- What is queued is not set aside. A statement of its own sees what was set aside while the one before waited.
DELETE FROM set_aside_events AS s
USING deliveries AS d, events AS e
WHERE s.receiver = @receiver::text AND s.user_id BETWEEN @from_user::bigint AND @to_user::bigint
    AND d.receiver = s.receiver AND d.user_id = s.user_id AND s.seq > d.seq AND s.seq <= d.last_seq
    AND e.user_id = s.user_id AND e.seq = s.seq;

-- name: EventPlace :many
-- The place of an event in the order of ReplayEventsSince; no row if the event is not kept.
SELECT e.at, e.tx, e.id FROM events AS e
WHERE e.site_id = @site_id::bigint AND e.user_id = @user_id::bigint AND e.seq = @seq::int AND e.tx = @tx::bigint;

-- name: ReplayEventsSince :one
-- Queues events of some users again: of each those from the first one behind a place to the last one that the cursor of
-- the receiver has passed. The order is that of time, whose index finds the place, and a page is a number of events. A
-- user is in the page of its first event behind the place, so its later events are queued once. The rest is as in
-- ReplaySetAsideEvents. It returns how many events the page has, how many are queued, the first and the last of their
-- users, and the last place.
WITH page AS MATERIALIZED (
    SELECT e.at, e.tx, e.id, e.user_id, e.seq FROM events AS e
    WHERE (e.at, e.tx, e.id) > (@after_at::timestamptz, @after_tx::bigint, @after_id::bigint)
        AND (e.tx, e.id) <= (SELECT r.tx, r.id FROM event_receivers AS r WHERE r.name = @receiver::text)
        AND e.user_id BETWEEN @from_user::bigint AND @to_user::bigint AND @site_id::bigint IN (0, e.site_id)
    ORDER BY e.at, e.tx, e.id
    LIMIT @page::int
), chosen AS MATERIALIZED (
    SELECT p.user_id, min(p.seq) AS first_seq, min(p.at) AS event_at
    FROM page AS p
    WHERE NOT EXISTS (
        SELECT FROM events AS b
        WHERE b.user_id = p.user_id AND b.seq = p.seq - 1
            AND (b.at, b.tx, b.id) > (@start_at::timestamptz, @start_tx::bigint, @start_id::bigint)
    )
    GROUP BY p.user_id
), ranges AS MATERIALIZED (
    SELECT c.user_id, c.first_seq, c.event_at, v.last_seq, v.wanted
    FROM chosen AS c CROSS JOIN LATERAL (
        SELECT max(n.seq)::int AS last_seq, count(*) FILTER (WHERE n.type = ANY (@types::text[])) AS wanted
        FROM events AS n
        WHERE n.user_id = c.user_id AND n.seq >= c.first_seq
            AND (n.tx, n.id) <= (SELECT r.tx, r.id FROM event_receivers AS r WHERE r.name = @receiver::text)
    ) AS v
    WHERE v.wanted > 0
), queued AS (
    INSERT INTO deliveries (receiver, user_id, seq, last_seq, event_at, queued_at, due_at)
    SELECT @receiver::text, g.user_id, g.first_seq - 1, g.last_seq, g.event_at, @now::timestamptz, @now::timestamptz
    FROM ranges AS g
    ORDER BY g.user_id
    ON CONFLICT ON CONSTRAINT deliveries_pk DO UPDATE SET
        seq = least(deliveries.seq, EXCLUDED.seq), last_seq = greatest(deliveries.last_seq, EXCLUDED.last_seq),
        event_at = least(deliveries.event_at, EXCLUDED.event_at), queued_at = EXCLUDED.queued_at, tries = 0,
        turn = deliveries.turn + 1,
        -- A row whose events are being sent waits until its claim ends.
        due_at = CASE WHEN NOT deliveries.claimed THEN EXCLUDED.due_at ELSE deliveries.due_at END
), last AS (
    SELECT p.at, p.tx, p.id FROM page AS p ORDER BY p.at DESC, p.tx DESC, p.id DESC LIMIT 1
)
SELECT (SELECT count(*) FROM page) AS events, coalesce(sum(g.wanted), 0)::bigint AS queued,
    coalesce(min(g.user_id), 0)::bigint AS first_user, coalesce(max(g.user_id), 0)::bigint AS last_user,
    coalesce((SELECT l.at FROM last AS l), @after_at::timestamptz)::timestamptz AS last_at,
    coalesce((SELECT l.tx FROM last AS l), 0)::bigint AS last_tx,
    coalesce((SELECT l.id FROM last AS l), 0)::bigint AS last_id
FROM ranges AS g;
