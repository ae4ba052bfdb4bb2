-- name: FoldSMSUses :one
-- Moves spent codes into the counts of their days: 1,000 at most. It returns how many it has moved. Rows of
-- transactions that have not ended are moved later. The rows of sms_days are locked in one order.
WITH moved AS (
    DELETE FROM sms_uses
    WHERE id = ANY (ARRAY(SELECT p.id FROM sms_uses AS p ORDER BY p.id LIMIT 1000 FOR UPDATE SKIP LOCKED))
    RETURNING day, country
), counted AS (
    INSERT INTO sms_days AS d (day, country, used)
    SELECT m.day, m.country, count(*) FROM moved AS m
    GROUP BY m.day, m.country
    ORDER BY m.day, m.country
    ON CONFLICT ON CONSTRAINT sms_days_pk DO UPDATE SET used = d.used + excluded.used
)
SELECT count(*)::bigint FROM moved;

-- name: AddSMSSenderDays :exec
-- Adds what a process has sent. The rows are locked in one order, so that two replicas never wait for each other.
INSERT INTO sms_sender_days AS d (day, country, sender, currency, sent, unsure, failed, cost)
SELECT n.day, n.country, n.sender, n.currency, n.sent, n.unsure, n.failed, n.cost
FROM (
    SELECT unnest(@days::date[]) AS day, unnest(@countries::text[]) AS country, unnest(@senders::text[]) AS sender,
        unnest(@currencies::text[]) AS currency, unnest(@sent::bigint[]) AS sent, unnest(@unsure::bigint[]) AS unsure,
        unnest(@failed::bigint[]) AS failed, unnest(@costs::bigint[]) AS cost
) AS n
ORDER BY n.day, n.country, n.sender, n.currency
ON CONFLICT ON CONSTRAINT sms_sender_days_pk DO UPDATE SET
    sent = d.sent + excluded.sent, unsure = d.unsure + excluded.unsure,
    failed = d.failed + excluded.failed, cost = d.cost + excluded.cost;

-- name: PurgeSMSDays :execrows
-- Deletes the counts of old days: 1,000 rows at most.
DELETE FROM sms_days
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM sms_days AS p
    WHERE p.day < @kept_from::date
    ORDER BY p.day
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));

-- name: PurgeSMSSenderDays :execrows
DELETE FROM sms_sender_days
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM sms_sender_days AS p
    WHERE p.day < @kept_from::date
    ORDER BY p.day
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
