-- What an operator looks at now and then. These queries read all users of a site, the counts of many days, or all
-- service keys.

-- name: CountUsers :one
SELECT count(*) AS total,
    count(*) FILTER (WHERE status = 0 AND NOT waiting) AS disabled,
    count(*) FILTER (WHERE waiting) AS waiting,
    count(*) FILTER (WHERE delete_at IS NOT NULL) AS leaving,
    count(*) FILTER (WHERE created_at >= @since::timestamptz) AS registered
FROM users WHERE site_id = @site_id;

-- name: SMSDays :many
-- The codes of each day and country since a day, with those that were spent and are not moved yet. An empty country is
-- all countries.
SELECT d.day, d.country, sum(d.codes)::bigint AS codes, sum(d.used)::bigint AS used, sum(d.refused)::bigint AS refused
FROM (
    SELECT s.day, s.country, s.codes, s.used, s.refused FROM sms_days AS s
    UNION ALL
    SELECT u.day, u.country, 0, 1, 0 FROM sms_uses AS u
) AS d
WHERE d.day >= @since::date AND (@country::text = '' OR d.country = @country::text)
GROUP BY d.day, d.country
ORDER BY d.day, d.country;

-- name: SMSSenderDays :many
-- The messages of each day, country and sender since a day. An empty country or sender is all of them.
SELECT * FROM sms_sender_days
WHERE day >= @since::date AND (@country::text = '' OR country = @country::text)
    AND (@sender::text = '' OR sender = @sender::text)
ORDER BY day, country, sender, currency;

-- name: SMSReceiptDays :many
-- The receipts of each day, country and sender since a day, also those that were not moved yet. An empty country or
-- sender is all of them.
SELECT d.day::date AS day, d.country::text AS country, d.sender::text AS sender, sum(d.delivered)::bigint AS delivered,
    sum(d.recipient_failed)::bigint AS recipient_failed, sum(d.failed)::bigint AS failed,
    sum(d.unknown)::bigint AS unknown
FROM (
    SELECT s.day, s.country, s.sender, s.delivered, s.recipient_failed, s.failed, s.unknown FROM sms_receipt_days AS s
    UNION ALL
    SELECT r.day, r.country, r.sender, (r.result = 'delivered')::integer, (r.result = 'recipient_failed')::integer,
        (r.result = 'failed')::integer, (r.result = 'unknown')::integer
    FROM sms_receipts AS r WHERE NOT r.counted
) AS d
WHERE d.day >= @since::date AND (@country::text = '' OR d.country = @country::text)
    AND (@sender::text = '' OR d.sender = @sender::text)
GROUP BY d.day, d.country, d.sender
ORDER BY d.day, d.country, d.sender;

-- name: ServiceKeys :many
-- Keys that work come first and newest first, so that the bound never hides one that somebody has made just now.
SELECT * FROM service_keys ORDER BY revoked_at IS NOT NULL, id DESC LIMIT 1000;
