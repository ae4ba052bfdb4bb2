-- name: TakeLoginTry :one
-- Counts a try before the password is verified, so that of many at once at most max_tries are
-- verified. No row: the tries of the window are used up. ForgiveLoginTries gives them back.
INSERT INTO login_tries AS t (name_mac, network, window_start, tries)
VALUES (@name_mac, @network, @now, 1)
ON CONFLICT ON CONSTRAINT login_tries_pk DO UPDATE SET
    window_start = CASE
        WHEN t.window_start > @window_ago::timestamptz THEN t.window_start
        ELSE excluded.window_start END,
    tries = CASE WHEN t.window_start > @window_ago::timestamptz THEN t.tries + 1 ELSE 1 END
WHERE t.window_start <= @window_ago::timestamptz OR t.tries < @max_tries::integer
RETURNING tries, (known_until IS NOT NULL AND known_until > @now::timestamptz)::boolean AS known;

-- name: LoginTryWindow :one
-- The begin of the window in which the tries were used up. The time to wait is computed from it.
SELECT window_start FROM login_tries WHERE name_mac = @name_mac AND network = @network;

-- name: TakeNetworkTry :execrows
-- Counts the accounts at which logins from a network have failed since window_ago, each once. The
-- row is locked, so of many requests at once no more than max_accounts get through. No row: the
-- network has failed at max_accounts other accounts. A right password removes its account from the count.
INSERT INTO login_networks AS n (network, accounts, last_at)
VALUES (@network, jsonb_build_object(@account::text, extract(epoch FROM @now::timestamptz)), @now)
ON CONFLICT ON CONSTRAINT login_networks_pk DO UPDATE SET
    last_at = excluded.last_at,
    accounts = excluded.accounts || coalesce((
        SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(n.accounts) AS e
        WHERE e.key <> @account::text
            AND e.value::numeric > extract(epoch FROM @window_ago::timestamptz)), '{}')
WHERE (SELECT count(*) FROM jsonb_each(n.accounts) AS e
    WHERE e.key <> @account::text
        AND e.value::numeric > extract(epoch FROM @window_ago::timestamptz)) < @max_accounts::integer;

-- name: UntakeNetworkTry :exec
-- Gives a count of TakeNetworkTry back.
UPDATE login_networks AS n SET accounts = n.accounts - @account::text WHERE n.network = @network;

-- name: NetworkTryWindow :one
-- The time of the earliest failure that still counts for a network. The time to wait is computed from it.
SELECT coalesce(to_timestamp(min(e.value::numeric)::double precision), @window_ago::timestamptz)::timestamptz
FROM login_networks AS n, jsonb_each(n.accounts) AS e
WHERE n.network = @network AND e.value::numeric > extract(epoch FROM @window_ago::timestamptz);

-- name: PurgeLoginNetworks :execrows
DELETE FROM login_networks
WHERE ctid = ANY (ARRAY(
    SELECT n.ctid FROM login_networks AS n
    WHERE n.last_at < @ended_before::timestamptz
    ORDER BY n.last_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));

-- name: ForgiveLoginTries :exec
-- Runs after a right password. It sets to 0 the tries by this name and of this account, those of all
-- networks together and those of the client's network and of the one around it ('' for none), and
-- marks the client's network as known. It removes the account from the counts of TakeNetworkTry.
-- It is one statement because each commit waits for the disk. It locks the rows in one order, so that
-- two logins of one account cannot deadlock.
WITH mine AS (
    SELECT l.name_mac, l.network FROM login_tries AS l
    WHERE l.name_mac IN (@name_mac::bytea, @account_mac::bytea) AND l.network IN ('', @network::text, @around::text)
    ORDER BY l.name_mac, l.network
    FOR UPDATE
), failed AS (
    SELECT f.network FROM login_networks AS f
    WHERE f.network IN (@network, @around) AND f.accounts ? @account::text
    ORDER BY f.network
    FOR UPDATE
), succeeded AS (
    UPDATE login_networks AS n SET accounts = n.accounts - @account::text
    FROM failed
    WHERE n.network = failed.network
)
UPDATE login_tries AS t SET
    tries = 0,
    known_until = CASE
        WHEN t.name_mac = @account_mac::bytea AND t.network = @network AND t.network <> ''
        THEN @known_until::timestamptz END
FROM mine
WHERE t.name_mac = mine.name_mac AND t.network = mine.network;

-- name: ForgetLoginTries :execrows
-- Deletes all counts of some names. It locks the rows in the order of ForgiveLoginTries.
WITH mine AS (
    SELECT l.name_mac, l.network FROM login_tries AS l
    WHERE l.name_mac = ANY (@name_macs::bytea[])
    ORDER BY l.name_mac, l.network
    FOR UPDATE
)
DELETE FROM login_tries AS t USING mine
WHERE t.name_mac = mine.name_mac AND t.network = mine.network;

-- name: PurgeLoginTries :execrows
-- A row is needed until its window and its known_until have ended. ended_before is the length of a
-- window ago, so a row stays up to that time longer than its network is known.
DELETE FROM login_tries
WHERE ctid = ANY (ARRAY(
    SELECT l.ctid FROM login_tries AS l
    WHERE greatest(l.window_start, l.known_until) < @ended_before::timestamptz
    ORDER BY greatest(l.window_start, l.known_until)
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
