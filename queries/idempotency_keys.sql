-- name: ClaimIdempotencyKey :execrows
-- Takes a key that is unused or has expired. One row: the key is held until claimed_until. No row:
-- the key has a request to compare with. All columns of an expired row are replaced: if user_id were
-- kept, the next request would be logged in as that user.
INSERT INTO idempotency_keys AS k (site_id, key, request_mac, claim, claimed_until, failures, created_at)
VALUES (@site_id, @key, @request_mac, @claim, @claimed_until, 0, @now)
ON CONFLICT ON CONSTRAINT idempotency_keys_pk DO UPDATE SET
    request_mac = excluded.request_mac, claim = excluded.claim, claimed_until = excluded.claimed_until,
    failures = 0, replays = 0, user_id = NULL, created_at = excluded.created_at
WHERE k.created_at < @expired_before::timestamptz;

-- name: TryIdempotencyKey :one
-- Compares a request with the remembered one and counts a failure if it is another one. It does
-- both under the row's lock, so that of many requests at once at most max_failures are compared (I3).
-- The same request takes hold of the key in two cases: if the first attempt crashed (no user_id), to
-- complete it; and if it has a password, to verify that, one request at a time. The password counts
-- as a failure until SettleReplay gives it back. A repetition of a request that has its user counts as a
-- replay. No row: no failure or no replay is left, or another attempt holds the key.
UPDATE idempotency_keys AS k SET
    failures = k.failures + CASE
        WHEN k.request_mac = @request_mac AND (k.user_id IS NULL OR NOT @with_password::boolean) THEN 0
        ELSE 1 END,
    replays = k.replays + CASE WHEN k.request_mac = @request_mac AND k.user_id IS NOT NULL THEN 1 ELSE 0 END,
    claim = CASE
        WHEN k.request_mac = @request_mac AND (k.user_id IS NULL OR @with_password::boolean) THEN @claim::bytea
        ELSE k.claim END,
    claimed_until = CASE
        WHEN k.request_mac = @request_mac AND (k.user_id IS NULL OR @with_password::boolean)
        THEN @claimed_until::timestamptz
        ELSE k.claimed_until END
WHERE k.site_id = @site_id AND k.key = @key AND k.failures < @max_failures::integer
    AND (k.user_id IS NULL OR k.replays < @max_replays::integer OR k.request_mac <> @request_mac)
    AND (k.request_mac <> @request_mac
        OR k.claimed_until <= @now::timestamptz
        OR k.user_id IS NOT NULL AND NOT @with_password::boolean)
RETURNING (k.request_mac = @request_mac)::boolean AS same, k.user_id;

-- name: IdempotencyKeyState :one
-- Why TryIdempotencyKey returned no row. It only chooses between three refusals.
SELECT failures, replays, claimed_until, created_at FROM idempotency_keys
WHERE site_id = @site_id AND key = @key;

-- name: SettleReplay :execrows
-- Ends the hold of a repetition. If the password was right or could not be verified, given_back is 1; if
-- it could not be verified, so is replay_given_back. No row: the hold has expired.
UPDATE idempotency_keys SET claimed_until = @now, failures = failures - @given_back::integer,
    replays = greatest(replays - @replay_given_back::integer, 0)
WHERE site_id = @site_id AND key = @key AND claim = @claim AND user_id IS NOT NULL;

-- name: RememberUser :execrows
-- Runs in the transaction that inserts the user, so that neither exists without the other. No row:
-- another attempt has taken the key over.
UPDATE idempotency_keys SET user_id = @user_id::bigint, claimed_until = @now
WHERE site_id = @site_id AND key = @key AND claim = @claim AND user_id IS NULL;

-- name: ReleaseIdempotencyKey :exec
-- Runs after a refusal. No user was inserted, so the key may be used again.
DELETE FROM idempotency_keys
WHERE site_id = @site_id AND key = @key AND claim = @claim AND user_id IS NULL;

-- name: PurgeIdempotencyKeys :execrows
DELETE FROM idempotency_keys
WHERE ctid = ANY (ARRAY(
    SELECT i.ctid FROM idempotency_keys AS i
    WHERE i.created_at < @expired_before
    ORDER BY i.created_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
