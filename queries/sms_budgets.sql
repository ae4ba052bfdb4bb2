-- name: TakeSMSBudget :execrows
-- Takes one SMS from a budget; no row means that it is used up, or that the
-- codes of this window are not redeemed: from watch_from on, fewer than
-- watch_percent of them (0 watches nothing).
INSERT INTO sms_budgets AS b (scope, key, window_start, sent, redeemed)
VALUES (@scope, @key, @now, 1, 0)
ON CONFLICT ON CONSTRAINT sms_budgets_pk DO UPDATE SET
    window_start = CASE WHEN b.window_start > @window_ago::timestamptz THEN b.window_start ELSE excluded.window_start END,
    sent = CASE WHEN b.window_start > @window_ago::timestamptz THEN b.sent + 1 ELSE 1 END,
    redeemed = CASE WHEN b.window_start > @window_ago::timestamptz THEN b.redeemed ELSE 0 END
WHERE b.window_start <= @window_ago::timestamptz
    OR (b.sent < @max_sent::integer
        AND (b.sent < @watch_from::integer OR b.redeemed * 100 >= b.sent * @watch_percent::integer));

-- name: RefundSMSBudget :exec
UPDATE sms_budgets SET sent = greatest(sent - 1, 0)
WHERE scope = @scope AND key = @key AND window_start > @window_ago::timestamptz;

-- name: RedeemSMS :exec
-- Counts a code of a prefix that was typed in rightly.
UPDATE sms_budgets SET redeemed = redeemed + 1
WHERE scope = 'prefix' AND key = @key AND window_start > @window_ago::timestamptz;

-- name: PurgeSMSBudgets :execrows
DELETE FROM sms_budgets
WHERE ctid = ANY (ARRAY(
    SELECT s.ctid FROM sms_budgets AS s
    WHERE s.window_start < @started_before
    ORDER BY s.window_start
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
