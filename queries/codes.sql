-- name: ReserveCode :execrows
-- Takes one code from the phone's budget, before anything is sent; no row
-- means that the phone must wait. A window starts with its first code.
INSERT INTO codes AS c (
    site_id, address, tries, failures, sent_at, hour_start, hour_sent, day_start, day_sent
) VALUES (
    @site_id, @address, 0, 0, @now, @now, 1, @now, 1
)
ON CONFLICT ON CONSTRAINT codes_pk DO UPDATE SET
    sent_at = excluded.sent_at,
    hour_start = CASE WHEN c.hour_start > @hour_ago::timestamptz THEN c.hour_start ELSE excluded.hour_start END,
    hour_sent = CASE WHEN c.hour_start > @hour_ago::timestamptz THEN c.hour_sent + 1 ELSE 1 END,
    day_start = CASE WHEN c.day_start > @day_ago::timestamptz THEN c.day_start ELSE excluded.day_start END,
    day_sent = CASE WHEN c.day_start > @day_ago::timestamptz THEN c.day_sent + 1 ELSE 1 END
WHERE c.sent_at <= @cooled_since::timestamptz
    AND (c.hour_start <= @hour_ago::timestamptz OR c.hour_sent < @per_hour::integer)
    AND (c.day_start <= @day_ago::timestamptz OR c.day_sent < @per_day::integer)
    AND c.failures < @max_failures::integer;

-- name: RefundCode :exec
-- Gives a code back to the budget that could not be handed to the sender.
-- Only the request that reserved it may: sent_at names the reservation.
UPDATE codes SET
    sent_at = @cooled_since,
    hour_sent = greatest(hour_sent - 1, 0),
    day_sent = greatest(day_sent - 1, 0)
WHERE site_id = @site_id AND address = @address AND sent_at = @reserved_at;

-- name: StoreCode :exec
-- Puts a code that is on its way in place of the one before. A later
-- reservation has a later code, which must not be overwritten.
UPDATE codes SET
    purpose = @purpose::text, code_mac = @code_mac::bytea, expires_at = @expires_at::timestamptz, tries = 0
WHERE site_id = @site_id AND address = @address AND sent_at = @reserved_at;

-- name: TryCode :one
-- Judges an answer and counts it if it is wrong, in one statement, outside the
-- registration's transaction, so that neither a race nor a rollback makes a
-- guess free (I3). No row means that there is no code, or no try left. A right
-- answer writes nothing and so waits for no disk: whoever spends the code asks
-- again whether tries are left, for of many guesses at once all may be judged by
-- the same count.
-- Comparing keyed hashes by = leaks nothing: who guesses cannot know them.
WITH live AS (
    SELECT (c.code_mac = @code_mac::bytea)::boolean AS matched FROM codes AS c
    WHERE c.site_id = @site_id AND c.address = @address
        AND c.code_mac IS NOT NULL AND c.purpose = @purpose::text AND c.expires_at > @now::timestamptz
        AND c.tries < @max_tries::integer AND c.failures < @max_failures::integer
), counted AS (
    UPDATE codes AS w SET tries = w.tries + 1, failures = w.failures + 1
    WHERE w.site_id = @site_id AND w.address = @address AND w.code_mac <> @code_mac::bytea
        AND w.purpose = @purpose::text AND w.expires_at > @now::timestamptz
        AND w.tries < @max_tries::integer AND w.failures < @max_failures::integer
    RETURNING 1
)
SELECT matched FROM live WHERE matched OR EXISTS (SELECT FROM counted);

-- name: CodeState :one
-- Why ReserveCode or TryCode found nothing to do: for the answer's
-- wording only, nothing is decided by it.
SELECT sent_at, hour_start, hour_sent, day_start, day_sent, tries, failures,
    (code_mac IS NOT NULL AND purpose = @purpose::text AND expires_at > @now::timestamptz)::boolean AS live
FROM codes
WHERE site_id = @site_id AND address = @address;

-- name: ConsumeCode :execrows
-- Spends the code (I2); a second transaction with the same code finds no row.
UPDATE codes SET code_mac = NULL, failures = 0
WHERE site_id = @site_id AND address = @address
    AND code_mac = @code_mac::bytea AND purpose = @purpose::text AND expires_at > @now::timestamptz
    AND tries < @max_tries::integer AND failures < @max_failures::integer;

-- name: PurgeCodes :execrows
-- Forgets addresses that have no code, no budget in use and no failures to
-- remember. Every purge takes a bounded batch, so that it never holds many locks,
-- from the end of an index that holds nothing else, so that a batch costs the same
-- however many rows are kept. The rows are found again by their place: a join
-- reads the table where the planner takes it for a small one.
DELETE FROM codes
WHERE ctid = ANY (ARRAY(
    SELECT c.ctid FROM codes AS c
    WHERE c.sent_at < @sent_before AND c.failures = 0
    ORDER BY c.sent_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
