-- name: SpendCaptcha :one
-- Returns 1 if this statement has spent the captcha, and 0 if it was spent before (I2). Its answer has not been
-- compared yet, but it counts as solved for the networks of the client in the same statement, so that a right answer
-- costs one round trip. After a wrong one, CountWrongCaptcha takes that back.
WITH spent AS (
    INSERT INTO spent_captchas (nonce, expires_at) VALUES (@nonce, @expires_at)
    ON CONFLICT ON CONSTRAINT spent_captchas_pk DO NOTHING
    RETURNING 1
), locked AS (
    SELECT l.scope, l.key FROM budgets AS l
    JOIN (SELECT unnest(@scopes::text[]) AS scope, unnest(@keys::text[]) AS key) AS w
        ON l.scope = w.scope AND l.key = w.key
    WHERE l.ends_at > @now::timestamptz AND EXISTS (SELECT FROM spent)
    ORDER BY l.scope, l.key
    FOR UPDATE OF l
), solved AS (
    UPDATE budgets AS b SET redeemed = least(b.redeemed + 1, b.used)
    FROM locked
    WHERE b.scope = locked.scope AND b.key = locked.key
)
SELECT count(*) FROM spent;

-- name: PurgeSpentCaptchas :execrows
DELETE FROM spent_captchas
WHERE ctid = ANY (ARRAY(
    SELECT s.ctid FROM spent_captchas AS s
    WHERE s.expires_at < @expired_before
    ORDER BY s.expires_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
