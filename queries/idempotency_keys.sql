-- name: ClaimIdempotencyKey :execrows
-- Takes an unused key, or one that has expired. One row: the key is held until
-- claimed_until. No row: there is a request to compare with. Of the key's earlier
-- use nothing is left: its user would be logged in by the next request.
INSERT INTO idempotency_keys AS k (site_id, key, request_mac, claim, claimed_until, failures, created_at)
VALUES (@site_id, @key, @request_mac, @claim, @claimed_until, 0, @now)
ON CONFLICT ON CONSTRAINT idempotency_keys_pk DO UPDATE SET
    request_mac = excluded.request_mac, claim = excluded.claim, claimed_until = excluded.claimed_until,
    failures = 0, user_id = NULL, created_at = excluded.created_at
WHERE k.created_at < @expired_before::timestamptz;

-- name: TryIdempotencyKey :one
-- Compares a request with the one that is remembered, and counts it if it is
-- another one: under the row's lock, so that of many at once no more than
-- max_failures are compared (I3). The same request holds the key: to go on where
-- an attempt has crashed (no user_id), or to have its password verified, one at a
-- time. The password counts as wrong until it is settled. Without a password there
-- is nothing to hold. No row: no failure is left, or another attempt holds the key.
UPDATE idempotency_keys AS k SET
    failures = k.failures + CASE
        WHEN k.request_mac = @request_mac AND (k.user_id IS NULL OR NOT @with_password::boolean) THEN 0
        ELSE 1 END,
    claim = CASE
        WHEN k.request_mac = @request_mac AND (k.user_id IS NULL OR @with_password::boolean) THEN @claim::bytea
        ELSE k.claim END,
    claimed_until = CASE
        WHEN k.request_mac = @request_mac AND (k.user_id IS NULL OR @with_password::boolean)
        THEN @claimed_until::timestamptz
        ELSE k.claimed_until END
WHERE k.site_id = @site_id AND k.key = @key AND k.failures < @max_failures::integer
    AND (k.request_mac <> @request_mac
        OR k.claimed_until <= @now::timestamptz
        OR k.user_id IS NOT NULL AND NOT @with_password::boolean)
RETURNING (k.request_mac = @request_mac)::boolean AS same, k.user_id;

-- name: IdempotencyKeyState :one
-- Why TryIdempotencyKey found nothing to compare: for the answer's wording only.
SELECT failures, claimed_until FROM idempotency_keys
WHERE site_id = @site_id AND key = @key;

-- name: SettleReplay :execrows
-- Ends the hold of a repetition. A password that was right, or that could not be
-- verified, gives its failure back. No row: the hold has run out.
UPDATE idempotency_keys SET claimed_until = @now, failures = failures - @given_back::integer
WHERE site_id = @site_id AND key = @key AND claim = @claim AND user_id IS NOT NULL;

-- name: RememberUser :execrows
-- In the transaction that inserts the user: none of the two exists without
-- the other. No row means that another attempt has taken the key over.
UPDATE idempotency_keys SET user_id = @user_id::bigint, claimed_until = @now
WHERE site_id = @site_id AND key = @key AND claim = @claim AND user_id IS NULL;

-- name: ReleaseIdempotencyKey :exec
-- After a refusal: nothing came of the key, so it may be used anew.
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
