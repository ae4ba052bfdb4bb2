-- name: AddSMSReceipts :many
-- Stores receipts and returns the ids of those that are new. Rows are inserted in one order, so that two replicas that
-- get the same receipts never wait for each other.
INSERT INTO sms_receipts (id, day, country, sender, result)
SELECT n.id, @day::date, n.country, n.sender, n.result
FROM (
    SELECT unnest(@ids::bytea[]) AS id, unnest(@countries::text[]) AS country, unnest(@senders::text[]) AS sender,
        unnest(@results::text[]) AS result
) AS n
ORDER BY n.id
ON CONFLICT ON CONSTRAINT sms_receipts_pk DO NOTHING
RETURNING id;

-- name: FoldSMSReceipts :one
-- Moves receipts into the counts of their days: 1,000 at most. It returns how many it has moved. Rows that another
-- replica moves are skipped. The rows of sms_receipt_days are locked in one order.
WITH moved AS (
    UPDATE sms_receipts SET counted = true
    WHERE id = ANY (ARRAY(
        SELECT p.id FROM sms_receipts AS p WHERE NOT p.counted ORDER BY p.day LIMIT 1000 FOR UPDATE SKIP LOCKED))
    RETURNING day, country, sender, result
), counts AS (
    INSERT INTO sms_receipt_days AS d (day, country, sender, delivered, recipient_failed, failed, unknown)
    SELECT m.day, m.country, m.sender, count(*) FILTER (WHERE m.result = 'delivered'),
        count(*) FILTER (WHERE m.result = 'recipient_failed'), count(*) FILTER (WHERE m.result = 'failed'),
        count(*) FILTER (WHERE m.result = 'unknown')
    FROM moved AS m
    GROUP BY m.day, m.country, m.sender
    ORDER BY m.day, m.country, m.sender
    ON CONFLICT ON CONSTRAINT sms_receipt_days_pk DO UPDATE SET
        delivered = d.delivered + excluded.delivered, recipient_failed = d.recipient_failed + excluded.recipient_failed,
        failed = d.failed + excluded.failed, unknown = d.unknown + excluded.unknown
)
SELECT count(*)::bigint FROM moved;

-- name: PurgeSMSReceipts :execrows
-- Deletes old receipts that were moved: 1,000 at most.
DELETE FROM sms_receipts
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM sms_receipts AS p
    WHERE p.day < @kept_from::date AND p.counted
    ORDER BY p.day
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));

-- name: PurgeSMSReceiptDays :execrows
DELETE FROM sms_receipt_days
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM sms_receipt_days AS p
    WHERE p.day < @kept_from::date
    ORDER BY p.day
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
