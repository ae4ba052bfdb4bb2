-- name: AddNotice :exec
-- Runs in the transaction of the change that the notice is about. While an SMS of the kind waits for the user's phone,
-- no other is written: its text has no time, so it would say the same, and each costs money. It counts as waiting for
-- its first 72 attempts, about twelve hours. One that was tried more often may be given up unsent (maxAttempts of
-- package notice), so another one is written beside it. A mail says when the change was, so each change has one.
INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts)
SELECT @user_id::bigint, @kind::text, @address::text, @locale::text, @now::timestamptz, @now::timestamptz, 0
WHERE @address::text LIKE '%@%' OR NOT EXISTS (
    SELECT FROM notices AS w
    WHERE w.user_id = @user_id::bigint AND w.kind = @kind::text AND w.address = @address::text AND w.attempts < 72
);

-- name: TakeNotice :one
-- Begins an attempt to send the notice by mail or by SMS that has been due longest, and moves its due_at to retry_at.
-- One of several replicas gets it. If the attempt fails, or the replica crashes, the notice stays and is due again
-- then.
UPDATE notices AS w SET attempts = w.attempts + 1, due_at = @retry_at
FROM users AS u
WHERE u.id = w.user_id AND w.id = ANY (ARRAY(
    SELECT p.id FROM notices AS p
    WHERE p.due_at <= @now AND (p.address LIKE '%@%') = @by_mail::boolean
    ORDER BY p.due_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
))
RETURNING w.id, w.kind, w.address, w.locale, w.created_at, w.attempts, u.site_id, u.delete_at;

-- name: DeleteNotice :exec
DELETE FROM notices WHERE id = @id;
