-- name: TakeMailBudget :execrows
-- Takes one mail from a budget; no row means that it is used up.
INSERT INTO mail_budgets AS b (scope, key, window_start, sent)
VALUES (@scope, @key, @now, 1)
ON CONFLICT ON CONSTRAINT mail_budgets_pk DO UPDATE SET
    window_start = CASE WHEN b.window_start > @window_ago::timestamptz THEN b.window_start ELSE excluded.window_start END,
    sent = CASE WHEN b.window_start > @window_ago::timestamptz THEN b.sent + 1 ELSE 1 END
WHERE b.window_start <= @window_ago::timestamptz OR b.sent < @max_sent::integer;

-- name: RefundMailBudget :exec
UPDATE mail_budgets SET sent = greatest(sent - 1, 0)
WHERE scope = @scope AND key = @key AND window_start > @window_ago::timestamptz;

-- name: PurgeMailBudgets :execrows
DELETE FROM mail_budgets
WHERE ctid = ANY (ARRAY(
    SELECT m.ctid FROM mail_budgets AS m
    WHERE m.window_start < @started_before
    ORDER BY m.window_start
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
