-- name: ClaimIdempotencyKey :execrows
-- Takes an unused key, one that has expired, or one whose attempt has crashed.
-- One row: the key is held until claimed_until. No row: another attempt holds
-- it, or a user has come of it. Of the key's earlier use nothing is left: its
-- user would be logged in by the next request.
INSERT INTO idempotency_keys AS k (site_id, key, request_mac, claim, claimed_until, created_at)
VALUES (@site_id, @key, @request_mac, @claim, @claimed_until, @now)
ON CONFLICT ON CONSTRAINT idempotency_keys_pk DO UPDATE SET
    request_mac = excluded.request_mac, claim = excluded.claim,
    claimed_until = excluded.claimed_until, user_id = NULL, created_at = excluded.created_at
WHERE k.created_at < @expired_before::timestamptz
    OR (k.user_id IS NULL AND k.claimed_until <= excluded.created_at AND k.request_mac = excluded.request_mac);

-- name: IdempotencyKey :one
SELECT request_mac, user_id FROM idempotency_keys
WHERE site_id = @site_id AND key = @key;

-- name: RememberUser :execrows
-- In the transaction that inserts the user: none of the two exists without
-- the other. No row means that another attempt has taken the key over.
UPDATE idempotency_keys SET user_id = @user_id::bigint
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
