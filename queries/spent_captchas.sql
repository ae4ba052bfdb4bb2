-- name: SpendCaptcha :execrows
-- One row: the captcha was unspent and is spent now (I2).
INSERT INTO spent_captchas (nonce, expires_at) VALUES (@nonce, @expires_at)
ON CONFLICT ON CONSTRAINT spent_captchas_pk DO NOTHING;

-- name: PurgeSpentCaptchas :execrows
DELETE FROM spent_captchas
WHERE ctid = ANY (ARRAY(
    SELECT s.ctid FROM spent_captchas AS s
    WHERE s.expires_at < @expired_before
    ORDER BY s.expires_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
