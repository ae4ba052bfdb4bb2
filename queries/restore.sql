-- What `enroll restored` does to a database that was restored to an earlier point in time. `enroll migrate` also runs
-- ShiftEvents, with only_if_moved.

-- name: SkipIDs :one
-- Skips the ids that users may have got after the point in time of the backup, and returns the last one
-- skipped. It counts from the sequence or from the greatest id in the table, whichever is greater: the
-- sequence of a restored dump may be behind the table.
SELECT setval(
    pg_get_serial_sequence('users', 'id')::regclass,
    greatest(
        nextval(pg_get_serial_sequence('users', 'id')::regclass),
        (SELECT coalesce(max(u.id), 0) FROM users AS u)
    ) + @skipped::bigint
)::bigint;

-- name: ShiftEvents :exec
-- Adds a shift to the places of later events, so that they come after all places that a reader may know. A place begins
-- with the id of a transaction. Another cluster counts these ids anew, and after a restore to a point in time the ids
-- of the lost transactions are used again. 2^40 is more ids than a cluster uses in 34 years at 1,000 transactions a
-- second. With only_if_moved, the shift is added only if the place of an event, or of a receiver that events are sent
-- to, is not below the next id of this cluster. This cluster cannot have written it: the database was moved here by a
-- dump or by logical replication. A receiver may be further than the last event, since events are purged.
INSERT INTO event_shift AS s (single, shift)
SELECT true, p.place + 1099511627776
FROM (SELECT greatest(
    (SELECT max(e.tx) FROM events AS e), (SELECT max(r.tx) FROM event_receivers AS r), 0
) AS place) AS p
WHERE NOT @only_if_moved::boolean
    OR p.place >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    + coalesce((SELECT o.shift FROM event_shift AS o), 0)
ON CONFLICT ON CONSTRAINT event_shift_pk DO UPDATE SET shift = greatest(s.shift + 1099511627776, excluded.shift);

-- name: DeleteAllCodes :execrows
-- A code that was spent after the point in time of the backup could be spent again.
DELETE FROM one_time_codes;

-- name: EndSessionsAfter :one
-- Ends all sessions and tokens of the next users by id, as EndSessions does, and returns the id of the
-- last of them, 0 if there was none. A batch is small enough to lock its rows for a moment only.
WITH batch AS (
    SELECT u.id FROM users AS u WHERE u.id > @after::bigint ORDER BY u.id LIMIT 2000
), ended AS (
    UPDATE users SET tokens_valid_from = greatest(
        date_trunc('second', @now::timestamptz) + interval '1 second',
        users.tokens_valid_from + interval '1 microsecond'
    ) FROM batch WHERE users.id = batch.id
    RETURNING users.id
)
SELECT coalesce(max(ended.id), 0)::bigint AS last, count(*)::bigint AS users FROM ended;
