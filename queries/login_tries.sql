-- name: TakeLoginTry :one
-- Counts a try before it is judged, so that of many at once no more than
-- max_tries are. No row means that the window's tries are used up. A success
-- gives them back.
INSERT INTO login_tries AS t (name_mac, network, window_start, tries)
VALUES (@name_mac, @network, @now, 1)
ON CONFLICT ON CONSTRAINT login_tries_pk DO UPDATE SET
    window_start = CASE WHEN t.window_start > @window_ago::timestamptz THEN t.window_start ELSE excluded.window_start END,
    tries = CASE WHEN t.window_start > @window_ago::timestamptz THEN t.tries + 1 ELSE 1 END
WHERE t.window_start <= @window_ago::timestamptz OR t.tries < @max_tries::integer
RETURNING (known_until IS NOT NULL AND known_until > @now::timestamptz)::boolean AS known;

-- name: ForgiveLoginTries :exec
-- After a success: the failures by this name and of this account are forgotten,
-- everywhere and in the holder's network ('' for none), which is known for a
-- while. One statement, as each waits for the disk; the rows are locked in one
-- order, or two logins of one account at once could wait for each other.
WITH mine AS (
    SELECT l.name_mac, l.network FROM login_tries AS l
    WHERE l.name_mac IN (@name_mac::bytea, @account_mac::bytea) AND l.network IN ('', @network::text)
    ORDER BY l.name_mac, l.network
    FOR UPDATE
)
UPDATE login_tries AS t SET
    tries = 0,
    known_until = CASE WHEN t.name_mac = @account_mac::bytea AND t.network <> '' THEN @known_until::timestamptz END
FROM mine
WHERE t.name_mac = mine.name_mac AND t.network = mine.network;

-- name: PurgeLoginTries :execrows
-- A row is needed while its window lasts or its network is known, whichever ends
-- later: ended_before is a window's length ago, so that a network stays known for
-- up to that time longer.
DELETE FROM login_tries
WHERE ctid = ANY (ARRAY(
    SELECT l.ctid FROM login_tries AS l
    WHERE greatest(l.window_start, l.known_until) < @ended_before::timestamptz
    ORDER BY greatest(l.window_start, l.known_until)
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
